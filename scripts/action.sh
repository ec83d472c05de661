#!/usr/bin/env bash
# The step of action.yml: inputs, which come through the environment, made the command line of unstride check. It runs in the
# folder that working-directory names, and ends as unstride does.
set -eo pipefail

# The program: of npm where a version is asked for; otherwise the one that the action's own checkout is, built when first used.
if [ -n "$VERSION" ]; then
  program=(npx --yes "unstride@$VERSION")
else
  if [ ! -f "$ACTION_PATH/dist/cli.js" ]; then
    (cd "$ACTION_PATH" && npm ci --no-audit --no-fund >&2)
  fi
  program=(node "$ACTION_PATH/dist/cli.js")
fi

sarif=
arguments=(--format "$FORMAT")
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<< "$MODELS"
while IFS= read -r line; do
  if [ -z "$line" ]; then continue; fi
  arguments+=(--output "$line")
  case "$line" in sarif=*) sarif=${line#sarif=} ;; esac
done <<< "$OUTPUT"
if [ -n "$CONFIG" ]; then arguments+=(--config "$CONFIG"); fi
if [ -n "$DIMS" ]; then arguments+=(--dim "$DIMS"); fi
if [ -n "$SELECT" ]; then arguments+=(--select "$SELECT"); fi
if [ -n "$IGNORE" ]; then arguments+=(--ignore "$IGNORE"); fi
if [ -n "$BASELINE" ]; then arguments+=(--baseline "$BASELINE"); fi
if [ -n "$FAIL_ON" ]; then arguments+=(--fail-on "$FAIL_ON"); fi

status=0
"${program[@]}" check "${arguments[@]}" || status=$?

# For the step that uploads it, which starts at the workspace and not here. On Windows pwd has -W, for a path that others read.
if [ -n "$sarif" ] && [ -f "$sarif" ]; then
  case "$sarif" in
    /* | [A-Za-z]:*) place=$sarif ;;
    *) place=$(pwd -W 2> /dev/null || pwd)/$sarif ;;
  esac
  echo "sarif=$place" >> "$GITHUB_OUTPUT"
fi
exit "$status"
