/*
 * Answers recurrence rules with libical.
 *
 * Each line of input is a start, a tab and a rule; each line of output is the local times it generates, at most as many
 * as the first argument says and none after the second, or a word that begins with "!". An answer may take a second; the
 * child that works it out is then ended by its alarm.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(char *line, int most, const char *last)
{
    char *rule = strchr(line, '\t');
    if (!rule) {
        puts("!no-rule");
        return;
    }
    *rule++ = '\0';
    struct icalrecurrencetype recur = icalrecurrencetype_from_string(rule);
    if (recur.freq == ICAL_NO_RECURRENCE) {
        puts("!refused");
        return;
    }
    icalrecur_iterator *iterator = icalrecur_iterator_new(recur, icaltime_from_string(line));
    if (!iterator) {
        puts("!refused");
        return;
    }
    for (int count = 0; count < most; count++) {
        struct icaltimetype time = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(time))
            break;
        const char *text = icaltime_as_ical_string(time);
        if (strcmp(text, last) > 0)
            break;
        printf("%s%s", count ? "," : "", text);
    }
    putchar('\n');
    icalrecur_iterator_free(iterator);
}

int main(int argc, char **argv)
{
    char line[8192];
    if (argc != 3)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(1);
            answer(line, atoi(argv[1]), argv[2]);
            fflush(stdout);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status))
            puts("!too-long");
    }
    return 0;
}
