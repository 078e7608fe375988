/* SPDX-License-Identifier: MIT */
/*
 * Growing: what a function's prologue calls when its frame does not fit into the current segment.
 *
 *      room in the cached successor ---> run the function there ---> back on the segment before
 *      none, or too small -------------> C takes a segment (stack_segment_new) ---^
 *      start mode ---------------------> mori_start_linked, in switch.S
 *
 * The rules on registers, (1) and (2) of switch.S, hold here, too. gdb knows the name __morestack,
 * and walks through it.
 */
#include "stack/x86_64/macros.h"

        .text

#ifndef MORI_MAPPED
/*
 * __morestack: a function's frame does not fit into the current segment (r10: bytes of frame, r11:
 * bytes of stack arguments), or the function is being started. On the stack: the address in the
 * prologue, the function's return address, its arguments.
 */
        .p2align 4
        .globl __morestack
        .hidden mori_start_linked
        .type __morestack, @function
__morestack:
        .cfi_startproc
        cmpq $-1, GUARD
        je mori_start_linked
        pushq %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq %rsp, %rbp
        .cfi_def_cfa_register %rbp
        pushq %rax
        pushq %rcx
        movq mori_worker@gottpoff(%rip), %rax
        movq %fs:WORKER_SEGMENT(%rax), %rcx
        movl ACTIVITY_NEXT(%rcx), %ecx
#ifdef MORI_SEGMENT_PER_CALL
        jmp .Lmore_slow
#endif
        testq %rcx, %rcx
        jz .Lmore_slow
        shlq $STACK_REF_SHIFT, %rcx
        addq %fs:WORKER_ARENA(%rax), %rcx
        /* Room: size - header - slack - 16 for our own call and alignment. */
        addq %r11, %r10
        movzwl ACTIVITY_SIZE16(%rcx), %eax
        shlq $STACK_REF_SHIFT, %rax
        subq $(STACK_HEADER_BYTES + STACK_SLACK + 32), %rax
        cmpq %r10, %rax
        jl .Lmore_small
        movq mori_worker@gottpoff(%rip), %rax
.Lmore_got: /* rcx: the segment, rax: the worker */
        movq %rcx, %fs:WORKER_SEGMENT(%rax)
        movzwl ACTIVITY_SIZE16(%rcx), %eax
        shlq $STACK_REF_SHIFT, %rax
        leaq (%rcx,%rax), %rsp
        SET_GUARD %rcx, ax
        testq %r11, %r11
        jnz .Lmore_copy
.Lmore_copied:
        movq -16(%rbp), %rcx
        movq -8(%rbp), %rax
        movq 8(%rbp), %r11
        incq %r11
        movq %rax, %r10 /* GCC's convention: a static chain comes in rax */
        call *%r11
        movq mori_worker@gottpoff(%rip), %r10
        movq %fs:WORKER_SEGMENT(%r10), %r11
        cmpl $0, ACTIVITY_NEXT(%r11)
        jne .Lmore_release
.Lmore_back:
        movl ACTIVITY_PREVIOUS(%r11), %r11d
        shlq $STACK_REF_SHIFT, %r11
        addq %fs:WORKER_ARENA(%r10), %r11
        movq %r11, %fs:WORKER_SEGMENT(%r10)
        SET_GUARD %r11, cx
        movq %rbp, %rsp
        .cfi_remember_state
        popq %rbp
        .cfi_def_cfa %rsp, 8
        .cfi_restore %rbp
        ret
        .cfi_restore_state
.Lmore_copy: /* r11 bytes of arguments at 24(rbp); the pad keeps rsp aligned */
        addq $15, %r11
        andq $-16, %r11
        subq %r11, %rsp
1:      subq $8, %r11
        movq 24(%rbp,%r11), %rax
        movq %rax, (%rsp,%r11)
        testq %r11, %r11
        jnz 1b
        jmp .Lmore_copied
.Lmore_small:
        subq %r11, %r10
.Lmore_slow: /* rdi = bytes needed, on the classical stack; rax comes back as the new segment */
        movq mori_worker@gottpoff(%rip), %rax
        movq %fs:WORKER_SYNC_SP(%rax), %rsp
        SAVE_ARGUMENTS
        leaq (%r10,%r11), %rdi
        movq 8(%rbp), %rsi
        call stack_segment_new
        movq %rax, SAVED_RCX(%rsp) /* the real one is saved at -16(rbp) */
        RESTORE_ARGUMENTS
        movq mori_worker@gottpoff(%rip), %rax
        jmp .Lmore_got
.Lmore_release: /* more than one successor: all but the first are given back */
        movq %fs:WORKER_SYNC_SP(%r10), %rsp
        SAVE_RESULT
        movq %r11, %rdi
        call stack_segments_release_all
        RESTORE_RESULT
        movq mori_worker@gottpoff(%rip), %r10
        movq %fs:WORKER_SEGMENT(%r10), %r11
        jmp .Lmore_back
        .cfi_endproc
        .size __morestack, .-__morestack
#endif

        .section .note.GNU-stack, "", @progbits
