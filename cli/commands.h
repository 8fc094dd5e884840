/* commands.h - one function a command; each returns the exit code */
#ifndef AM_CLI_COMMANDS_H
#define AM_CLI_COMMANDS_H

#include "cli/options.h"

int command_master(const settings *options);
int command_analyze(const settings *options);
int command_plan(const settings *options);
int command_render(const settings *options);
int command_check(const settings *options);
int command_explain(const settings *options);
int command_compare(const settings *options);
int command_report(const settings *options);
int command_preview(const settings *options);
int command_profile(const settings *options);
int command_doctor(const settings *options);
int command_help(const settings *options);

int version_print(void);

#endif
