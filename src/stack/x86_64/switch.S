/* SPDX-License-Identifier: MIT */
/*
 * Moving between stacks, on x86-64: how an activity starts, grows, waits, goes on, ends and is
 * joined.
 *
 *      mori_enter ---> start ---> (f runs) ---> finish ----------> in the starter: done
 *                                     |
 *                                     +---> activity_suspend ----> in the starter: waiting
 *      the turn loop ---> activity_resume ---> (f runs) ---> activity_suspend ---> next turn, loop
 *                                                  |
 *                                                  +---> finish ---> its joiner, next turn, loop
 *
 * How a stack grows is in morestack.S, how an activity joins another or yields in join.S.
 *
 * Rules.
 *  (1) Every argument register is alive in `start` and in __morestack: rdi, rsi, rdx, rcx, r8, r9,
 *      rax (the count of vector registers of a variadic call), xmm0 to xmm7. Free are r10 (after
 *      its frame size was used) and r11, and what was saved.
 *  (2) Every result register is alive in `finish` and behind a __morestack call: rax, rdx, xmm0,
 *      xmm1. Free are rcx, rsi, rdi, r8-r11.
 *  (3) A switch leaves by a jump, never by ret: the return predictor would miss (31 to 36 ns
 *      against 10). A start that runs to its end leaves by the two rets that match its two calls.
 *  (4) The worker is found anew after every point at which another worker may have taken over. The
 *      thread pointer is never read: %fs:offset always means the thread that runs now.
 *  (5) What needs C goes to the classical stack first (rsp = sync_sp) and has its live registers
 *      saved there.
 *
 * The CFI at the base of an activity makes its caller undefined, so that a backtrace ends there.
 */
#include "stack/x86_64/macros.h"

        .text

/*
 * The activity in rdi runs again: its segment, its stack, its registers. rdx: the worker, r8: the
 * arena. \wait is its `wait`; behind it, the address at which it goes on is on top of its stack.
 */
.macro RESUME wait
#ifdef MORI_SANITIZED
        movq %rdi, %rbx
        movq %rdx, %r12
        movq %r8, %r13
        SANITIZER %rbx
        movq %rbx, %rdi
        movq %r12, %rdx
        movq %r13, %r8
#endif
        incq %fs:WORKER_TURNS(%rdx)
        movb $ACTIVITY_STATE_RUNNING, ACTIVITY_STATE(%rdi)
        movq %rdi, %fs:WORKER_ACTIVITY(%rdx)
        movl ACTIVITY_CURRENT(%rdi), %ecx
        movslq ACTIVITY_STACK_OFFSET(%rdi), %rsi
        movq ACTIVITY_WAIT(%rdi), %\wait
        shlq $STACK_REF_SHIFT, %rcx
        addq %r8, %rcx
        movq %rcx, %fs:WORKER_SEGMENT(%rdx)
        leaq (%rcx,%rsi), %rsp
        SET_GUARD %rcx, si
        POP_SAVED
.endm

/*
 * mori_enter: called through a pointer of the started function's type, with its arguments in place.
 * The function itself is in the worker's start_function, the kind of its result in start_kind. On
 * linked stacks the function's own prologue brings us to `start` with r10 = bytes of its frame and
 * r11 = bytes of its stack arguments; on mapped stacks there is no prologue to ask, and a fixed
 * number of bytes is copied.
 */
        .p2align 4
        .globl mori_enter
        .type mori_enter, @function
mori_enter:
        .cfi_startproc
#ifndef MORI_MAPPED
        movq mori_worker@gottpoff(%rip), %r11
        movq $-1, GUARD
        jmp *%fs:WORKER_START_FUNCTION(%r11)
        .cfi_endproc
        .size mori_enter, .-mori_enter
#endif

#ifndef MORI_MAPPED
/*
 * Reached from __morestack in start mode: 0(rsp) is the address in f's prologue, 8(rsp) the
 * starter, 16(rsp) arguments.
 */
        .p2align 4
        .globl mori_start_linked
        .hidden mori_start_linked
        .type mori_start_linked, @function
mori_start_linked:
        .cfi_startproc
        .cfi_def_cfa_offset 16
#define START_SITE 8
#define START_ARGUMENTS 16
#else
#define START_SITE 0
#define START_ARGUMENTS 8
#endif
        pushq %rbp
        .cfi_adjust_cfa_offset 8
        pushq %rbx
        .cfi_adjust_cfa_offset 8
        movq mori_worker@gottpoff(%rip), %rbx
        movq W(WORKER_SYNC_SP), %rbp
        subq $STACK_START_FRAME, %rbp
        cmpq W(WORKER_SYNC_LIMIT), %rbp
        jb .Lstart_too_deep
        movq %r12, 16(%rbp)
        movq %r13, 24(%rbp)
        movq %r14, 32(%rbp)
        movq %r15, 40(%rbp)
        movq W(WORKER_ACTIVITY), %r12 /* the starter */
        movq %r12, 56(%rbp)
        popq 0(%rbp) /* rbx */
        .cfi_adjust_cfa_offset -8
        popq 8(%rbp) /* rbp */
        .cfi_adjust_cfa_offset -8
        movq %rsp, 48(%rbp)
        movq %rbp, W(WORKER_SYNC_SP)
        movq W(WORKER_READY), %r15
        movq W(WORKER_ARENA), %r14
        movl TURNS_MASK(%r15), %r15d
        movq W(WORKER_SEGMENT), %r13
        cmpl W(WORKER_LIVE), %r15d
        jb .Lstart_grow
.Lstart_grown:
        subq %r14, %r13
        shrq $STACK_REF_SHIFT, %r13
        movl %r13d, ACTIVITY_CURRENT(%r12)
#ifdef MORI_MAPPED
        movl $1, %r15d
        movl $STACK_MAPPED_ARGUMENTS, %r11d
#else
        leaq (STACK_FIRST_EXTRA + 15)(%r10,%r11), %r15
        movl $STACK_FIRST_MIN16, %ebp
        shrq $STACK_REF_SHIFT, %r15
        cmpq $STACK_FIRST_TINY16, %r15
        cmovbq %rbp, %r15
        cmpq $32, %r15
        ja .Lstart_slow
#endif
        movl %fs:WORKER_FREE(%rbx,%r15,4), %ebp
        testl %ebp, %ebp
        jz .Lstart_slow
        movq %rbp, %r13
        shlq $STACK_REF_SHIFT, %r13
        addq %r14, %r13
        movl ACTIVITY_LINK_NEXT(%r13), %r10d
        movl %r10d, %fs:WORKER_FREE(%rbx,%r15,4)
        incl W(WORKER_LOOKASIDE_ROOM)
#ifndef MORI_MAPPED
        /* What the next start will write: its control block, and where its stack begins. */
        shlq $STACK_REF_SHIFT, %r10
        shlq $STACK_REF_SHIFT, %r15
        addq %r14, %r10
        prefetchw (%r10)
        prefetchw 64(%r10)
        prefetchw -32(%r10,%r15)
#endif
.Lstart_got: /* rbp: ref of the activity, r13: the activity, r12: its starter, r14: the arena */
        movl W(WORKER_GENERATION), %r10d
        addl $1, %r10d
        adcl $0, %r10d /* never 0 */
        movl %r10d, W(WORKER_GENERATION)
        movl %r10d, ACTIVITY_GENERATION(%r13)
        movq $0, ACTIVITY_NEXT(%r13)
        /* and the guard behind it */
        movw $(ACTIVITY_STATE_RUNNING | STACK_GUARD8_FIRST << 8), ACTIVITY_STATE(%r13)
        movq START_SITE(%rsp), %r10
        movzbl ACTIVITY_CANCEL(%r12), %r15d
        shlq $16, %r10
        /* what holds for the starter here holds for all of the new activity */
        andl $ACTIVITY_LEVEL_MASK, %r15d
        imull $0x500, %r15d, %r15d
        orq W(WORKER_START_KIND), %r10
        orq %r15, %r10
        movq %r10, ACTIVITY_FLAGS(%r13)
        movl ACTIVITY_SCOPE(%r12), %r10d
        leal 3(%rbp), %r15d /* its own scope: the ref of its field `children` */
        movl %r10d, ACTIVITY_OWNER(%r13)
        movl %r15d, ACTIVITY_SCOPE(%r13)
        movq $0, ACTIVITY_CHILDREN(%r13)
        shlq $STACK_REF_SHIFT, %r10
        movl (%r14,%r10), %r15d
        movl %ebp, (%r14,%r10)
        movl %r15d, ACTIVITY_SIBLING_NEXT(%r13)
        movl $0, ACTIVITY_SIBLING_PREVIOUS(%r13)
        testl %r15d, %r15d
        jz 1f
        shlq $STACK_REF_SHIFT, %r15
        movl %ebp, ACTIVITY_SIBLING_PREVIOUS(%r14,%r15)
1:      movq ACTIVITY_CAUSALITY(%r12), %r10
        movq ACTIVITY_PROCESS(%r12), %r15
        movq %r10, ACTIVITY_CAUSALITY(%r13)
        movq %r15, ACTIVITY_PROCESS(%r13)
        incl W(WORKER_LIVE)
        incq W(WORKER_STARTS)
        movq %r13, W(WORKER_ACTIVITY)
        movq %r13, W(WORKER_SEGMENT)
        movq %rsp, %r15
#ifdef MORI_SANITIZED
        movq W(WORKER_SYNC_SP), %rsp
        SAVE_ARGUMENTS
        SANITIZER %r13
        RESTORE_ARGUMENTS
#endif
#ifdef MORI_MAPPED
        movq %r13, %rsp
#else
#ifdef MORI_SEGMENT_PER_CALL
        movq $-2, GUARD
#else
        leaq (STACK_GUARD8_FIRST * 8)(%r13), %r10
        movq %r10, GUARD
#endif
        movzwl ACTIVITY_SIZE16(%r13), %r10d
        shlq $STACK_REF_SHIFT, %r10
        leaq (%r13,%r10), %rsp
#endif
        testq %r11, %r11
        jnz .Lstart_copy
.Lstart_call:
#ifdef MORI_MAPPED
        movq W(WORKER_START_FUNCTION), %r11
#else
        movq (%r15), %r11
        incq %r11
#endif
        xorl %ebp, %ebp
        .cfi_def_cfa %rsp, 0
        .cfi_undefined %rip
.Lcall: /*
         * The call of f. A resumption comes here, too, with .Lresume in r11 and the classical stack
         * in rsp: for the return predictor alone, which then expects that what is resumed returns
         * to the base. Where one frame was suspended, that is so; where there are more it would
         * have been wrong anyway.
         */
        call *%r11
        .globl mori_activity_base
        .hidden mori_activity_base
mori_activity_base:
/*
 * finish: f has returned. r13 is still the activity and rbx the worker's offset, which is the same
 * for every thread.
 */
        movq %rax, ACTIVITY_RESULT(%r13)
        movq %rdx, ACTIVITY_RESULT + 8(%r13)
        movups %xmm0, ACTIVITY_RESULT + 16(%r13)
        movq %xmm1, ACTIVITY_RESULT + 32(%r13)
        movb $ACTIVITY_STATE_DONE, ACTIVITY_STATE(%r13)
        cmpl $0, ACTIVITY_NEXT(%r13)
        jne .Lfinish_release
.Lfinish_released:
        cmpl $0, ACTIVITY_CHILDREN(%r13)
        jne .Lfinish_children
        testl $(ACTIVITY_FLAG_WAITED | ACTIVITY_HOLDS_MASK), ACTIVITY_FLAGS(%r13)
        jnz .Lfinish_late
.Lfinish_early:
        movq W(WORKER_SYNC_SP), %r10
#ifdef MORI_SANITIZED
        SANITIZER 56(%r10)
        movq W(WORKER_SYNC_SP), %r10
#endif
        movq W(WORKER_ARENA), %r9
        movl ACTIVITY_GENERATION(%r13), %r8d
        subq %r9, %r13
        shrq $STACK_REF_SHIFT, %r13
        shlq $32, %r8
        orq %r13, %r8
        movq %r8, W(WORKER_STARTED)
        movq 56(%r10), %r12
        movl ACTIVITY_CURRENT(%r12), %r11d
        shlq $STACK_REF_SHIFT, %r11
        addq %r9, %r11
        movq %r12, W(WORKER_ACTIVITY)
        movq %r11, W(WORKER_SEGMENT)
        SET_GUARD %r11, cx
        leaq STACK_START_FRAME(%r10), %r11
        movq %r11, W(WORKER_SYNC_SP)
        movq 48(%r10), %rsp
        movq 16(%r10), %r12
        movq 24(%r10), %r13
        movq 32(%r10), %r14
        movq 40(%r10), %r15
        movq 8(%r10), %rbp
        movq 0(%r10), %rbx
        ret /* linked: to the ret in f's prologue, which returns to the starter (3) */

.Lstart_copy: /* r11 bytes from the starter's stack */
        addq $15, %r11
        andq $-16, %r11
        subq %r11, %rsp
1:      subq $8, %r11
        movq START_ARGUMENTS(%r15,%r11), %r10
        movq %r10, (%rsp,%r11)
        testq %r11, %r11
        jnz 1b
        jmp .Lstart_call

/*
 * r10, r11: bytes of frame and arguments; r12: the starter. C finds a first segment, or does not
 * return
 */
.Lstart_slow:
        movq %rsp, %r15
        movq W(WORKER_SYNC_SP), %rsp
        SAVE_ARGUMENTS
#ifdef MORI_MAPPED
        xorl %edi, %edi /* nobody knows */
#else
        leaq (%r10,%r11), %rdi
#endif
        movq START_SITE(%r15), %rsi
        call stack_first_new
        movq %rax, %r13
        RESTORE_ARGUMENTS
        movq %r15, %rsp
        movq W(WORKER_ARENA), %r14
        movq %r13, %rbp
        subq %r14, %rbp
        shrq $STACK_REF_SHIFT, %rbp
        jmp .Lstart_got

/* the queue of turns has no room for one more that lives: C makes it, or does not return */
.Lstart_grow:
        movq %rsp, %r15
        movq W(WORKER_SYNC_SP), %rsp
        SAVE_ARGUMENTS
        pushq %r10
        pushq %r10 /* aligns */
        movq START_SITE(%r15), %rdi
        call turns_grow
        popq %r10
        popq %r10
        RESTORE_ARGUMENTS
        movq %r15, %rsp
        jmp .Lstart_grown

.Lstart_too_deep: /* starts within starts have filled the classical stack; C does not return */
        movq W(WORKER_SYNC_SP), %rsp
        call stack_starts_too_deep
        ud2

/*
 * the results are in the control block by now; the own stack may still be needed, for the children
 */
.Lfinish_release:
        movq %rsp, %r12
        movq W(WORKER_SYNC_SP), %rsp
        movq %r13, %rdi
        call stack_segments_release_all
        movq %r12, %rsp
        jmp .Lfinish_released

.Lfinish_children: /*
         * Its own scope still owns activities: the scope is left as any other (rule 7 of the
         * design), in async C code that may wait. It runs here, on the activity's own stack, where
         * f has just returned. The result is safe: nobody takes it before the state says so, so the
         * state goes back to running until the children are gone.
         */
        movb $ACTIVITY_STATE_RUNNING, ACTIVITY_STATE(%r13)
#ifndef MORI_MAPPED
        /*
         * f's arguments are gone: the stack begins at its upper end again, so that however small
         * the segment is, what follows stays above the control block.
         */
        movzwl ACTIVITY_SIZE16(%r13), %ecx
        shlq $STACK_REF_SHIFT, %rcx
        leaq (%r13,%rcx), %rsp
#endif
        /* what follows may use all of the slack, and the result lies in it */
        movl ACTIVITY_RESULT(%r13), %edi
        pushq ACTIVITY_RESULT(%r13)
        pushq ACTIVITY_RESULT + 8(%r13)
        pushq ACTIVITY_RESULT + 16(%r13)
        pushq ACTIVITY_RESULT + 24(%r13)
        pushq ACTIVITY_RESULT + 32(%r13)
        pushq ACTIVITY_RESULT + 32(%r13) /* aligns */
        call activity_leave_root_scope
        popq ACTIVITY_RESULT + 32(%r13)
        popq ACTIVITY_RESULT + 32(%r13)
        popq ACTIVITY_RESULT + 24(%r13)
        popq ACTIVITY_RESULT + 16(%r13)
        popq ACTIVITY_RESULT + 8(%r13)
        popq ACTIVITY_RESULT(%r13)
        movb $ACTIVITY_STATE_DONE, ACTIVITY_STATE(%r13)
        cmpl $0, ACTIVITY_NEXT(%r13)
        jne .Lfinish_release
        jmp .Lfinish_released

/*
 * it has waited before, so its starter has gone on: tell who waits for its end, then the next turn
 */
.Lfinish_late:
        movq %rbx, %rdx
        testl $(ACTIVITY_FLAG_NOTIFY | ACTIVITY_HOLDS_MASK), ACTIVITY_FLAGS(%r13)
        jnz .Lfinish_notify
.Lfinish_join:
        /*
         * Its joiner goes on at once: what it is about to take is in the cache now, and after a
         * queue of a million others it would not be. That is so even where the limit is reached: it
         * can only end the joiner, and so those that join one another, or come to the next wait.
         */
        movl ACTIVITY_JOINER(%r13), %edi
        testl %edi, %edi
        jz .Lnext
        movq %fs:WORKER_ARENA(%rdx), %r8
        shlq $STACK_REF_SHIFT, %rdi
        addq %r8, %rdi
        cmpb $ACTIVITY_STATE_WAITING_JOIN, ACTIVITY_STATE(%rdi)
        jne .Lresume
        RESUME r10
        jmp mori_join_resumed
.Lfinish_notify:
        movq W(WORKER_SYNC_SP), %rsp
        testl $ACTIVITY_HOLDS_MASK, ACTIVITY_FLAGS(%r13)
        jz 1f
        movq %r13, %rdi
        call activity_holds_left /* of locks it holds none after that */
        movq %rbx, %rdx
        testb $ACTIVITY_FLAG_WAITED, ACTIVITY_FLAGS(%r13)
        jz .Lfinish_early
        testb $ACTIVITY_FLAG_NOTIFY, ACTIVITY_FLAGS(%r13)
        jz .Lfinish_join
1:
#ifdef MORI_SANITIZED
        SANITIZER $0 /* its stack may be given back, and nobody is on it any more */
#endif
        movq %r13, %rdi
        call activity_finished
        movq %rbx, %rdx
        jmp .Lnext
        .cfi_endproc
#ifdef MORI_MAPPED
        .size mori_enter, .-mori_enter
#else
        .size mori_start_linked, .-mori_start_linked
#endif

/*
 * int64_t activity_suspend(void): waits until somebody makes the running activity ready again, and
 * answers what was stored in its `wait`. Whoever calls it has set the state, and whatever it waits
 * for knows it.
 */
        .p2align 4
        .globl activity_suspend
        .type activity_suspend, @function
activity_suspend:
        .cfi_startproc
        PUSH_SAVED
        movq mori_worker@gottpoff(%rip), %rdx
        movq %fs:WORKER_ACTIVITY(%rdx), %rax
        movq %fs:WORKER_SEGMENT(%rdx), %rcx
        movq %fs:WORKER_ARENA(%rdx), %r8
        movl %esp, %esi
        subl %ecx, %esi
#ifndef MORI_MAPPED
        movl ACTIVITY_NEXT(%rcx), %r9d
#endif
        subq %r8, %rcx
        shrq $STACK_REF_SHIFT, %rcx
        movl %esi, ACTIVITY_STACK_OFFSET(%rax)
        movl %ecx, ACTIVITY_CURRENT(%rax)
#ifndef MORI_MAPPED
        testl %r9d, %r9d
        jnz .Lsuspend_cached
.Lsuspended:
#endif
        testb $ACTIVITY_FLAG_WAITED, ACTIVITY_FLAGS(%rax)
        jz .Lfirst_wait
.Lnext: /* rdx: the worker. The next turn of this process, up to its limit; else the loop */
        movq %fs:WORKER_READY(%rdx), %r10
        movl TURNS_FIRST(%r10), %edi
        testl %edi, %edi
        jz .Lloop
        movq %fs:WORKER_TURNS(%rdx), %rax
        cmpq TURNS_LIMIT(%r10), %rax
        jge .Lloop
        movq %fs:WORKER_ARENA(%rdx), %r8
        shlq $STACK_REF_SHIFT, %rdi
        addq %r8, %rdi
        movl TURNS_HEAD(%r10), %ecx
        movl TURNS_TAIL(%r10), %esi
        subl %ecx, %esi /* how many but for the first */
        jz .Llast
        movq TURNS_REFS(%r10), %r9
        movl TURNS_MASK(%r10), %r11d
        movl %ecx, %eax
        incl TURNS_HEAD(%r10)
        andl %r11d, %eax
        movl (%r9,%rax,4), %eax
        movl %eax, TURNS_FIRST(%r10)
        cmpl $TURNS_FAR, %esi
        ja .Lahead
.Lresume_call:
        movq %fs:WORKER_SYNC_SP(%rdx), %rsp /* for the eight bytes that the call pushes */
        leaq .Lresume(%rip), %r11
        jmp .Lcall
.Lresume: /* rdi: the activity, r8: the arena */
        RESUME rax
        popq %rcx
        jmp *%rcx

.Llast:
        movl $0, TURNS_FIRST(%r10)
        movq %fs:WORKER_SYNC_SP(%rdx), %rsp
        leaq .Lresume(%rip), %r11
        jmp .Lcall

/*
 * With a million activities each is in memory, not in the cache. So while this one runs, and some
 * others, fetch what those behind it will touch: their control blocks, which are most of a small
 * first segment, and then, when these have come, the ends of their stacks, wherever they are.
 */
.Lahead: /* ecx: this one's place, r9: the refs, r11: the mask, r8: the arena; rdi and rdx stay */
        leal TURNS_FAR(%rcx), %esi
        addl $TURNS_NEAR, %ecx
        andl %r11d, %esi
        andl %r11d, %ecx
        movl (%r9,%rsi,4), %esi
        movl (%r9,%rcx,4), %ecx
        shlq $STACK_REF_SHIFT, %rsi
        shlq $STACK_REF_SHIFT, %rcx
        prefetcht0 (%r8,%rsi)
        prefetcht0 64(%r8,%rsi)
        movl ACTIVITY_CURRENT(%r8,%rcx), %r9d
        movslq ACTIVITY_STACK_OFFSET(%r8,%rcx), %rcx
        shlq $STACK_REF_SHIFT, %r9
        addq %r8, %r9
        prefetcht0 (%r9,%rcx)
        prefetcht0 64(%r9,%rcx)
        jmp .Lresume_call

#ifndef MORI_MAPPED
.Lsuspend_cached: /*
         * rcx: ref of the current segment, r9: ref of its successor, which nobody uses now. Who
         * waits may wait for long, so it goes to the lookaside, where the next one to grow finds
         * it. rax, rdx and r8 stay.
         */
        shlq $STACK_REF_SHIFT, %rcx
        movl $0, ACTIVITY_NEXT(%r8,%rcx)
        movq %r9, %r10
        shlq $STACK_REF_SHIFT, %r10
        addq %r8, %r10
        movzwl ACTIVITY_SIZE16(%r10), %edi
        cmpl $STACK_CLASS_MAX, %edi
        ja .Lsuspend_give
        decl %fs:WORKER_LOOKASIDE_ROOM(%rdx)
        js .Lsuspend_give
        movl %fs:WORKER_FREE(%rdx,%rdi,4), %esi
        movl %esi, ACTIVITY_LINK_NEXT(%r10)
        movl %r9d, %fs:WORKER_FREE(%rdx,%rdi,4)
        jmp .Lsuspended
/* the lookaside is full, or holds no such size: C takes it; the activity's stack is done with */
.Lsuspend_give:
        movq %rax, %rbx
        movq %fs:WORKER_SYNC_SP(%rdx), %rsp
        movq %r10, %rdi
        call stack_first_free
        movq %rbx, %rax
        movq mori_worker@gottpoff(%rip), %rdx
        movq %fs:WORKER_ARENA(%rdx), %r8
        jmp .Lsuspended
#endif

.Lfirst_wait: /* rax: the activity. Its starter goes on; its registers are in the start frame */
#ifdef MORI_SANITIZED
        movq %rax, %rbx
        movq %rdx, %r12
        movq %r8, %r13
        movq %fs:WORKER_SYNC_SP(%rdx), %r10
        SANITIZER 56(%r10)
        movq %rbx, %rax
        movq %r12, %rdx
        movq %r13, %r8
#endif
        orb $ACTIVITY_FLAG_WAITED, ACTIVITY_FLAGS(%rax)
        movl ACTIVITY_GENERATION(%rax), %ecx
        subq %r8, %rax
        shrq $STACK_REF_SHIFT, %rax
        shlq $32, %rcx
        orq %rax, %rcx
        movq %rcx, %fs:WORKER_STARTED(%rdx)
        movq %fs:WORKER_SYNC_SP(%rdx), %r10
        movq 56(%r10), %rdi
        movl ACTIVITY_CURRENT(%rdi), %ecx
        shlq $STACK_REF_SHIFT, %rcx
        addq %r8, %rcx
        movq %rdi, %fs:WORKER_ACTIVITY(%rdx)
        movq %rcx, %fs:WORKER_SEGMENT(%rdx)
        SET_GUARD %rcx, si
        leaq STACK_START_FRAME(%r10), %rsi
        movq %rsi, %fs:WORKER_SYNC_SP(%rdx)
        movq 48(%r10), %rsp
        movq 16(%r10), %r12
        movq 24(%r10), %r13
        movq 32(%r10), %r14
        movq 40(%r10), %r15
        movq 8(%r10), %rbp
        movq 0(%r10), %rbx
#ifndef MORI_MAPPED
        addq $8, %rsp
#endif
        popq %rcx
        jmp *%rcx

/* nothing more to do here: the turn loop goes on behind its activity_resume or activity_enter */
.Lloop:
#ifdef MORI_SANITIZED
        movq %rdx, %rbx
        SANITIZER $0
        movq %rbx, %rdx
#endif
        movq $0, %fs:WORKER_ACTIVITY(%rdx)
        movq $0, GUARD
        movq %fs:WORKER_LOOP_SP(%rdx), %rsp
        addq $8, %rsp
        POP_SAVED
        popq %rcx
        jmp *%rcx
        .cfi_endproc
        .size activity_suspend, .-activity_suspend

/*
 * void activity_resume(struct activity *): from the turn loop, runs turns until the process has
 * none or its limit is reached.
 */
        .p2align 4
        .globl activity_resume
        .hidden activity_resume
        .type activity_resume, @function
activity_resume:
        .cfi_startproc
        PUSH_SAVED
        subq $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq mori_worker@gottpoff(%rip), %rdx
        movq %rsp, %fs:WORKER_SYNC_SP(%rdx)
        movq %rsp, %fs:WORKER_LOOP_SP(%rdx)
        movq %fs:WORKER_ARENA(%rdx), %r8
        jmp .Lresume
        .cfi_endproc
        .size activity_resume, .-activity_resume

/*
 * void activity_enter(void (*f)(void *), void *argument, struct activity *starter): from the turn
 * loop, starts f as if `starter`, which has a control block and no stack, had started it, and runs
 * turns as activity_resume does. f's handle is in `started`.
 */
        .p2align 4
        .globl activity_enter
        .hidden activity_enter
        .type activity_enter, @function
activity_enter:
        .cfi_startproc
        PUSH_SAVED
        subq $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq mori_worker@gottpoff(%rip), %rbx
        movq %rsp, W(WORKER_LOOP_SP)
        /*
         * The start frame goes below what we push ourselves. The memory is touched first with the
         * stack pointer below it: who emulates a stack that grows (Valgrind) looks at that.
         */
        subq $2048, %rsp
        orq $0, (%rsp)
        addq $2048, %rsp
        leaq -1024(%rsp), %rax
        movq %rax, W(WORKER_SYNC_SP)
        movq %rdi, W(WORKER_START_FUNCTION)
        movq %rdx, W(WORKER_ACTIVITY)
        movq %rdx, W(WORKER_SEGMENT)
        movq %rsi, %rdi
        call mori_enter
        movq $0, GUARD
        movq $0, W(WORKER_ACTIVITY)
        addq $8, %rsp
        .cfi_adjust_cfa_offset -8
        .cfi_remember_state
        POP_SAVED
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_restore_state
        .cfi_endproc
        .size activity_enter, .-activity_enter

/*
 * void activity_abandon_turn(void): from the classical stack, drops the running turn and goes on in
 * the turn loop.
 */
        .p2align 4
        .globl activity_abandon_turn
        .hidden activity_abandon_turn
        .type activity_abandon_turn, @function
activity_abandon_turn:
        .cfi_startproc
        movq mori_worker@gottpoff(%rip), %rdx
        jmp .Lloop
        .cfi_endproc
        .size activity_abandon_turn, .-activity_abandon_turn

        .section .note.GNU-stack, "", @progbits
