#!/bin/sh
# What the agents in the pictures print: enough colour, glyphs and width to show that panes are drawn truly.
name=$1
case $name in
  api) task='rebuild from clean and run the tests' colour=173 ;;
  web) task='add the login page from the design' colour=105 ;;
  *) task='deploy staging and report' colour=108 ;;
esac
printf '\033]2;%s\007' "$name"
printf '\033[38;5;%sm ▐▛███▜▌\033[0m  \033[1m%s\033[0m\n\033[38;5;%sm▝▜█████▛▘\033[0m  ~/src/%s\n\n' "$colour" "$name" "$colour" "$name"
printf '\033[2m> %s\033[0m\n\n' "$task"
printf '\033[32m●\033[0m Read 12 files\n\033[32m●\033[0m Ran the tests\n  \033[2m└\033[0m \033[32m212 passed\033[0m, \033[31m3 failed\033[0m (41 s)\n'
printf '\033[32m●\033[0m Edited src/token.rs (\033[32m+12\033[0m \033[31m-4\033[0m) 漢字 ✓\n\n'
exec cat
