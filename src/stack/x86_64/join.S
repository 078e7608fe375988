/* SPDX-License-Identifier: MIT */
/*
 * What an activity calls to wait for another, or for its next turn. Both end in activity_suspend
 * (switch.S).
 *
 *      mori_join_enter --done--> the result, the segment goes to the lookaside
 *            |   not yet
 *            +---> waits (state WAITING_JOIN); at the end of the other, mori_join_resumed ---^
 *      mori_yield ---> the end of the queue of turns
 *
 * Both can be started as any function can, so both ask for start mode where they have no probe.
 */
#include "stack/x86_64/macros.h"

        .text

/*
 * int mori_yield(void): takes its place at the end of the queue of turns and suspends.
 */
        .p2align 4
        .globl mori_yield
        .type mori_yield, @function
mori_yield:
        .cfi_startproc
#ifndef MORI_MAPPED
        cmpq $-1, GUARD /* it can be started as any function can */
        je .Lyield_start
.Lyield:
#endif
        movq mori_worker@gottpoff(%rip), %rdx
        movq %fs:WORKER_ACTIVITY(%rdx), %rax
        testb $ACTIVITY_LEVEL_MASK, ACTIVITY_CANCEL(%rax)
        jnz .Lyield_cancelled
        movq %fs:WORKER_ARENA(%rdx), %rdi
        movq %rax, %rsi
        subq %rdi, %rsi
        shrq $STACK_REF_SHIFT, %rsi
.Lyield_queue:
        movb $ACTIVITY_STATE_READY, ACTIVITY_STATE(%rax)
        movq $0, ACTIVITY_WAIT(%rax)
        TURNS_PUT %esi, activity_suspend
/* C tells what a wait answers; 0 where a soft cancellation is none of its business */
.Lyield_cancelled:
        PUSH_FRAME
        movq %fs:WORKER_SYNC_SP(%rdx), %rsp
        movq %rax, %rdi
        call activity_cancel_answer
        POP_FRAME
        testl %eax, %eax
        jnz 2f
        movq mori_worker@gottpoff(%rip), %rdx
        movq %fs:WORKER_ACTIVITY(%rdx), %rax
        movq %fs:WORKER_ARENA(%rdx), %rdi
        movq %rax, %rsi
        subq %rdi, %rsi
        shrq $STACK_REF_SHIFT, %rsi
        jmp .Lyield_queue
2:      ret
#ifndef MORI_MAPPED
.Lyield_start:
        xorl %r10d, %r10d
        xorl %r11d, %r11d
        call __morestack
        ret
        jmp .Lyield
#endif
        .cfi_endproc
        .size mori_yield, .-mori_yield

/*
 * Takes the result of the activity in r10, which is done, and gives its segment back. ecx: its ref,
 * r8: the arena, rsi: the worker. What it leaves are the registers of the result, and r11.
 */
.macro JOIN_TAKE
        movl ACTIVITY_SIBLING_NEXT(%r10), %eax
        movl ACTIVITY_SIBLING_PREVIOUS(%r10), %edx
        testl %eax, %eax
        jz 101f
        shlq $STACK_REF_SHIFT, %rax
        movl %edx, ACTIVITY_SIBLING_PREVIOUS(%r8,%rax)
        shrq $STACK_REF_SHIFT, %rax
101:    testl %edx, %edx
        jz 102f
        shlq $STACK_REF_SHIFT, %rdx
        movl %eax, ACTIVITY_SIBLING_NEXT(%r8,%rdx)
        jmp 103f
102:    movl ACTIVITY_OWNER(%r10), %edx
        shlq $STACK_REF_SHIFT, %rdx
        movl %eax, (%r8,%rdx)
103:    movq ACTIVITY_RESULT(%r10), %rax
        movq ACTIVITY_RESULT + 8(%r10), %rdx
        movups ACTIVITY_RESULT + 16(%r10), %xmm0
        movq ACTIVITY_RESULT + 32(%r10), %xmm1
        movl $0, ACTIVITY_GENERATION(%r10)
        movb $ACTIVITY_STATE_FREE, ACTIVITY_STATE(%r10)
        decl %fs:WORKER_LIVE(%rsi)
#ifdef MORI_MAPPED
        movl $1, %edi
#else
        movzwl ACTIVITY_SIZE16(%r10), %edi
        cmpl $STACK_CLASS_MAX, %edi
        ja .Ljoin_flush
#endif
        decl %fs:WORKER_LOOKASIDE_ROOM(%rsi)
        js .Ljoin_flush
        movl %fs:WORKER_FREE(%rsi,%rdi,4), %r9d
        movl %r9d, ACTIVITY_LINK_NEXT(%r10)
        movl %ecx, %fs:WORKER_FREE(%rsi,%rdi,4)
.endm

/*
 * mori_join_enter(handle): called through a pointer to a function that takes a handle and returns
 * the activity's result type, whatever that is: every register in which a result may come back is
 * loaded. Waits where the activity is not done.
 */
        .p2align 4
        .globl mori_join_enter
        .type mori_join_enter, @function
mori_join_enter:
        .cfi_startproc
        movq mori_worker@gottpoff(%rip), %rsi
        movq %fs:WORKER_ARENA(%rsi), %r8
        movl %edi, %ecx
#ifdef MORI_MAPPED
        leal -STACK_MAPPED_PLACE(%rdi), %eax /* elsewhere may be a guard page */
        testl $(STACK_MAPPED_REFS - 1), %eax
        jnz .Ljoin_bad
#endif
        movq %rdi, %r9
        movq %rcx, %r10
        shrq $32, %r9
        shlq $STACK_REF_SHIFT, %r10
        testl %r9d, %r9d
        jz .Ljoin_bad
        cmpl %r9d, ACTIVITY_GENERATION(%r8,%r10)
        jne .Ljoin_bad
        addq %r8, %r10
        cmpb $ACTIVITY_STATE_DONE, ACTIVITY_STATE(%r10)
        jne .Ljoin_wait
        testb $ACTIVITY_FLAG_JOINED, ACTIVITY_FLAGS(%r10)
        jnz .Ljoin_bad /* it is done, and its joiner is on the way to take it */
        JOIN_TAKE
        ret

.Ljoin_flush: /* the lookaside is full, or the segment is none of its sizes: C takes it */
        PUSH_FRAME
        movq %fs:WORKER_SYNC_SP(%rsi), %rsp
        SAVE_RESULT
        movq %r10, %rdi
        call stack_first_free
        RESTORE_RESULT
        POP_FRAME
        ret

.Ljoin_wait: /* the running activity becomes its joiner */
#ifndef MORI_MAPPED
        cmpq $-1, GUARD
        je .Ljoin_start
#endif
        testb $ACTIVITY_FLAGS_TAKEN, ACTIVITY_FLAGS(%r10)
        jnz .Ljoin_bad
        movq %fs:WORKER_ACTIVITY(%rsi), %rax
        cmpq %rax, %r10
        je .Ljoin_bad
        testb $ACTIVITY_HOLDS_BYTE, ACTIVITY_CANCEL(%rax)
        jnz .Ljoin_holds
        cmpl $0, ACTIVITY_JOINER(%rax)
        jne .Ljoin_holds
.Ljoin_held:
        orb $ACTIVITY_FLAG_JOINED, ACTIVITY_FLAGS(%r10)
        movb $ACTIVITY_STATE_WAITING_JOIN, ACTIVITY_STATE(%rax)
        movq %r10, ACTIVITY_WAIT(%rax)
        subq %r8, %rax
        shrq $STACK_REF_SHIFT, %rax
        movl %eax, ACTIVITY_JOINER(%r10)
        jmp activity_suspend /* and goes on at mori_join_resumed */
#ifndef MORI_MAPPED
.Ljoin_start:
        xorl %r10d, %r10d
        xorl %r11d, %r11d
        call __morestack
        ret
        jmp mori_join_enter
#endif

/*
 * It holds a lock, for which what it joins may wait, whatever is between, or is joined itself: C
 * finds out. r10, rax,
 * rsi and r8 are needed afterwards.
 */
.Ljoin_holds:
        PUSH_FRAME
#ifndef MORI_MAPPED
        movq %fs:WORKER_SYNC_SP(%rsi), %rsp
#else
        andq $-16, %rsp
#endif
        pushq %r10
        pushq %rax
        pushq %rsi
        pushq %r8
        movq %r10, %rdi
        call deadlock_join
        popq %r8
        popq %rsi
        popq %rax
        popq %r10
        POP_FRAME
        jmp .Ljoin_held

.Ljoin_bad: /* joined, cancelled and dropped, or never started; C does not return */
        PUSH_FRAME
#ifndef MORI_MAPPED
        movq %fs:WORKER_SYNC_SP(%rsi), %rsp
#endif
        call activity_handle_bad
        ud2
        .cfi_endproc
        .size mori_join_enter, .-mori_join_enter

/*
 * Where a joiner goes on that has waited: its registers and its stack are there again, and r10 is
 * what it waited for, which is done. Leaves by a jump, as a switch does.
 */
        .p2align 4
        .globl mori_join_resumed
        .hidden mori_join_resumed
        .type mori_join_resumed, @function
mori_join_resumed:
        .cfi_startproc
        movq mori_worker@gottpoff(%rip), %rsi
        movq %fs:WORKER_ARENA(%rsi), %r8
        movq %r10, %rcx
        subq %r8, %rcx
        shrq $STACK_REF_SHIFT, %rcx
        JOIN_TAKE
        .cfi_remember_state
        popq %r11
        .cfi_def_cfa_offset 0
        jmp *%r11
        .cfi_restore_state
        .cfi_endproc
        .size mori_join_resumed, .-mori_join_resumed

        .section .note.GNU-stack, "", @progbits
