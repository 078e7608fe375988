/* SPDX-License-Identifier: MIT */
/*
 * What the assembly files share: the guard, registers saved and restored, and what the sanitizers
 * are told. The rules on which registers are alive stand at the top of switch.S.
 */
#pragma once

#include "stack/layout.h"

#define GUARD %fs:0x70
#define W(field) %fs:field(%rbx)

/*
 * Saves and restores the registers that a function must preserve, in the order that a suspended
 * stack has them.
 */
.macro PUSH_SAVED
        pushq %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
.endm

.macro POP_SAVED
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
.endm

/*
 * The segment \segment becomes the current one: its guard is where the probes look. Spends
 * \scratch.
 */
.macro SET_GUARD segment, scratch
#ifdef MORI_SEGMENT_PER_CALL
        movq $-2, GUARD /* the stress build: no frame ever fits, and -2 is not start mode */
#elif !defined(MORI_MAPPED)
        movzbl ACTIVITY_GUARD8(\segment), %e\scratch
        leaq (\segment,%r\scratch,8), %r\scratch
        movq %r\scratch, GUARD
#endif
.endm

/*
 * Appends the activity whose ref is in \ref to the queue of turns and goes to \then. rdx is the
 * worker. Spends rcx, r9, r10.
 */
.macro TURNS_PUT ref, then
        movq %fs:WORKER_READY(%rdx), %r10
        cmpl $0, TURNS_FIRST(%r10)
        jne 91f
        movl \ref, TURNS_FIRST(%r10)
        jmp \then
91:     movl TURNS_TAIL(%r10), %ecx
        movq TURNS_REFS(%r10), %r9
        incl TURNS_TAIL(%r10)
        andl TURNS_MASK(%r10), %ecx
        movl \ref, (%r9,%rcx,4)
        jmp \then
.endm

/*
 * Tells the address or thread sanitizer which stack comes next; `activity` 0 is the classical one.
 * Only in sanitizer builds, which are for mapped stacks. Spends every register that a call may, and
 * aligns rsp, which is about to be replaced.
 */
.macro SANITIZER activity
#ifdef MORI_SANITIZED
        movq \activity, %rdi
        andq $-16, %rsp
        call stack_sanitizer_switch
#endif
.endm

/*
 * Saves every argument register on the classical stack, to which rsp points, around a call of C.
 * 192 bytes.
 */
.macro SAVE_ARGUMENTS
        pushq %rax
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %r8
        pushq %r9
        pushq %r11
        subq $128, %rsp
        movups %xmm0, (%rsp)
        movups %xmm1, 16(%rsp)
        movups %xmm2, 32(%rsp)
        movups %xmm3, 48(%rsp)
        movups %xmm4, 64(%rsp)
        movups %xmm5, 80(%rsp)
        movups %xmm6, 96(%rsp)
        movups %xmm7, 112(%rsp)
.endm

#define SAVED_RCX (128 + 24)

.macro RESTORE_ARGUMENTS
        movups (%rsp), %xmm0
        movups 16(%rsp), %xmm1
        movups 32(%rsp), %xmm2
        movups 48(%rsp), %xmm3
        movups 64(%rsp), %xmm4
        movups 80(%rsp), %xmm5
        movups 96(%rsp), %xmm6
        movups 112(%rsp), %xmm7
        addq $128, %rsp
        popq %r11
        popq %r9
        popq %r8
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        popq %rax
.endm

/*
 * A frame record, behind which rsp may go elsewhere: to the classical stack, for a call of C. Not
 * in a routine that has pushed anything yet.
 */
.macro PUSH_FRAME
        pushq %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq %rsp, %rbp
        .cfi_def_cfa_register %rbp
.endm

.macro POP_FRAME
        movq %rbp, %rsp
        popq %rbp
        .cfi_def_cfa %rsp, 8
        .cfi_restore %rbp
.endm

/*
 * Saves the registers of a result on the classical stack, to which rsp points, around a call of C.
 * 48 bytes.
 */
.macro SAVE_RESULT
        pushq %rax
        pushq %rdx
        subq $32, %rsp
        movups %xmm0, (%rsp)
        movups %xmm1, 16(%rsp)
.endm

.macro RESTORE_RESULT
        movups (%rsp), %xmm0
        movups 16(%rsp), %xmm1
        addq $32, %rsp
        popq %rdx
        popq %rax
.endm
