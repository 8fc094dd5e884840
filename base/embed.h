/* embed.h - a file of the tree as bytes of the program
 *
 * The assembler reads the file itself, from the top of the tree, where every build runs: no generator, no second copy. A NUL follows.
 * The Makefile names the files for make, as -MMD does not see them.
 */
#ifndef AM_BASE_EMBED_H
#define AM_BASE_EMBED_H

#define AM_EMBED(symbol, file)                                                                                                         \
    __asm__(".section .rodata\n"                                                                                                       \
            ".balign 16\n"                                                                                                             \
            ".hidden " #symbol "\n.hidden " #symbol "_end\n"                                                                           \
            ".global " #symbol "\n.global " #symbol "_end\n"                                                                           \
            #symbol ":\n.incbin \"" file "\"\n" #symbol "_end:\n.byte 0\n"                                                             \
            ".previous\n");                                                                                                            \
    extern const char symbol[], symbol##_end[]

#endif
