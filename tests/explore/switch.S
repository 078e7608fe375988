/* SPDX-License-Identifier: MIT */
/*
 * void explore_switch(void **ret_from, void *to): goes on where the stack pointer `to` was saved,
 * or, on a new stack, at the address that lies there. The registers that a call keeps are on the
 * stack that is left.
 */
        .text
        .globl  explore_switch
        .type   explore_switch, @function
explore_switch:
        .cfi_startproc
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret
        .cfi_endproc
        .size   explore_switch, . - explore_switch
        .section .note.GNU-stack, "", @progbits
