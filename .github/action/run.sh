#!/usr/bin/env bash
# Runs one command of lessonbook in a job: its JSON in a file, annotations, outputs, and the job's summary.
# Input: ACTION_* as action.yml sets them, the credentials in lessonbook's own variables, and what a runner sets.
set -euo pipefail
set -f # a target may be a glob, which lessonbook expands, not the shell

stop() { # what is wrong, on one line
  printf '::error title=lessonbook action::%s\n' "${1//[$'\r\n']/ }"
  exit 2
}

command=${ACTION_COMMAND:-}
case $command in
  check) takes="strict" ;;
  diff) takes="targets base head shard cache" ;;
  coverage) takes="targets shard cache" ;;
  plan) takes="targets shard cache fail-on plan-file" ;;
  apply) takes="targets cache max-proposals until fail-on plan-file" ;;
  status) takes="targets shard cache fail-on" ;;
  sync) takes="targets shard cache max-proposals until fail-on" ;;
  doctor) takes="targets" ;;
  shards) takes="targets size" ;;
  site) takes="out public url" ;;
  audit) takes="strict clones" ;;
  effect) takes="targets shard cache clones from out" ;;
  verify) takes="expect" ;;
  lint) takes="base strict" ;;
  *) stop "\`$command\` is not a command of this action: check, diff, plan, apply, sync, status, coverage, doctor, shards, site, audit, effect, verify or lint" ;;
esac
command -v jq >/dev/null || stop "this runner has no jq, which makes the outputs and the summary: install it in an earlier step"

# Who can read this repository: its pages, artifacts and caches. An unknown visibility counts as public.
visibility=${LESSONBOOK_STORE_VISIBILITY:-}
if [ -z "$visibility" ] && [ -n "${ACTION_JOB_TOKEN:-}" ] && [ -n "${GITHUB_API_URL:-}" ]; then
  # The token is passed in a file, because options are visible in lists of processes.
  visibility=$(
    curl --fail --silent --show-error --max-time 30 --config - "$GITHUB_API_URL/repos/${GITHUB_REPOSITORY:?}" \
      <<<"header = \"authorization: Bearer $ACTION_JOB_TOKEN\"" | jq -r '.visibility // ""'
  ) || visibility=
fi
case $visibility in public | internal | private) ;; *) visibility= ;; esac
export LESSONBOOK_STORE_VISIBILITY=$visibility
unset ACTION_JOB_TOKEN

store=${ACTION_STORE:-.}
options=()
option() { # input, its value
  [ -n "$2" ] || return 0
  case " $takes " in
    # As one word, so that a value can't become an option of its own.
    *" $1 "*) options+=("--$1=$2") ;;
    *) stop "\`$command\` takes no input \`$1\`" ;;
  esac
}
option shard "${ACTION_SHARD:-}"
option size "${ACTION_SIZE:-}"
cache=${ACTION_CACHE:-}
# shellcheck disable=SC2088 # a literal tilde, which actions/cache accepts, too
case $cache in "~/"*) cache=$HOME/${cache#"~/"} ;; esac
option cache "$cache"
option max-proposals "${ACTION_MAX_PROPOSALS:-}"
option until "${ACTION_UNTIL:-}"
option fail-on "${ACTION_FAIL_ON:-}"
option expect "${ACTION_EXPECT:-}"
option out "${ACTION_OUT:-}"
option url "${ACTION_URL:-}"
option clones "${ACTION_CLONES:-}"
[ "$command:${ACTION_CLONES:-}" = audit: ] || [ "$command" != audit ] || options+=(--effect)
read -r -d '' -a from <<<"${ACTION_FROM:-}" || true
for place in ${from[@]+"${from[@]}"}; do
  if [ -d "$place" ]; then
    parts=0
    while IFS= read -r -d '' part; do
      option from "$part"
      parts=$((parts + 1))
    done < <(find "$place" -type f -name '*.json' -print0 | sort -z)
    [ "$parts" -gt 0 ] || stop "\`$place\` holds no JSON file that \`effect\` wrote"
  else
    option from "$place"
  fi
done
case "$command:${ACTION_PUBLIC:-}" in
  # Pages that are published are for everyone, unless the workflow excludes that.
  site: | site:true) options+=(--public) ;;
  site:false | *:) ;;
  site:*) stop "public is true or false" ;;
  *) stop "\`$command\` takes no input \`public\`" ;;
esac
[ "$command" != site ] || [ -n "${ACTION_OUT:-}" ] || stop "\`site\` needs a folder: the input \`out\`"
case ${ACTION_STRICT:-false} in
  false) ;;
  true) case " $takes " in *" strict "*) options+=(--strict) ;; *) stop "\`$command\` takes no input \`strict\`" ;; esac ;;
  *) stop "strict is true or false" ;;
esac
base=${ACTION_BASE:-} head=${ACTION_HEAD:-}
if [ -n "$base$head" ]; then
  case " $takes " in *" base "*) ;; *) stop "\`$command\` takes no input \`base\` or \`head\`" ;; esac
  case "$head: $takes " in :* | *" head "*) ;; *) stop "\`$command\` takes no input \`head\`" ;; esac
  [ -n "$base" ] || stop "\`head\` needs a \`base\`"
fi
plan_file=${ACTION_PLAN_FILE:-}
files=()
case $command in
  plan) [ -z "$plan_file" ] || options+=("--out=$plan_file") ;;
  apply)
    [ -n "$plan_file" ] || stop "\`apply\` takes a saved plan: the input \`plan-file\`"
    files=("$plan_file")
    ;;
  *) [ -z "$plan_file" ] || stop "\`$command\` takes no input \`plan-file\`" ;;
esac
folder=$(mktemp -d "${RUNNER_TEMP:?}/lessonbook.XXXXXX")
output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"; }
case $command in
  sync | apply)
    # The audit log is needed also after a cancelled run, so the path is an output before the run starts.
    options+=(--yes "--log=$folder/record.jsonl")
    output log "$folder/record.jsonl"
    ;;
esac
markdown=$folder/$command.md
case $command in
  shards) ;;
  effect) [ -n "${ACTION_OUT:-}" ] || options+=(--format=markdown) ;;
  *) options+=(--format=json) ;;
esac
if [ "$command" = diff ]; then
  options+=(--exit-code "--page=$markdown")
  # A range is the first word after the options; three dots: from where head left base. A commit does not begin with a hyphen.
  case $base$head in -* | *[[:space:]]*) stop "\`$base\` and \`$head\` are not commits" ;; esac
  case $head in -*) stop "\`$head\` is not a commit" ;; esac
  [ -z "$base" ] || options+=("$base...$head")
fi
read -r -d '' -a targets <<<"${ACTION_TARGETS:-}" || true
if [ ${#targets[@]} -gt 0 ]; then
  case " $takes " in *" targets "*) ;; *) stop "\`$command\` takes no input \`targets\`" ;; esac
fi
if [ $((${#files[@]} + ${#targets[@]})) -gt 0 ]; then
  options+=(-- ${files[@]+"${files[@]}"} ${targets[@]+"${targets[@]}"})
fi

call=(--store="$store" "$command" "${options[@]}")
# Problems of the store are marked at their lines, whatever the result of the command; without a store, in the files. A saved
# plan contains its own store.
case $command in
  # `diff` compares two states of the store, and a workflow runs `check` beside it.
  shards | diff | apply) ;;
  lint)
    option base "$base"
    call=(lint "${options[@]}" -- "$store")
    lessonbook "${call[@]/--format=json/--format=github}" || true
    ;;
  verify)
    call=(verify "${options[@]}" -- "$store")
    lessonbook "${call[@]/--format=json/--format=github}" || true
    ;;
  *) lessonbook --store="$store" check --format=github || true ;;
esac
# Who can read the summary of this job. An unknown visibility counts as everyone.
case ${ACTION_PRIVATE:-}:$visibility in true:* | *:private | *:internal) for_all=() ;; *) for_all=(--public) ;; esac
hidden="The details name places in targets, so they are shown only where not everyone can read them."
json=$folder/$command.json
code=0
if [ "$command" = effect ]; then
  # Reading histories takes long, so there is one run: a page, or the file of a part.
  lessonbook "${call[@]}" >"$markdown" || code=$?
  output exit-code "$code"
  if [ -s "$markdown" ]; then
    output markdown "$markdown"
    if [ ${#for_all[@]} -eq 0 ]; then cat "$markdown"; else printf '%s\n\n%s\n' "$(sed -n 1,3p "$markdown")" "$hidden"; fi \
      >>"${GITHUB_STEP_SUMMARY:?}"
  fi
  exit "$code"
fi
lessonbook "${call[@]}" >"$json" || code=$?

# On Windows jq ends its lines with CRLF.
query() { jq "$@" | tr -d '\r'; }
page() { # outputs or summary
  query -r --arg part "$1" --arg command "$command" --arg code "$code" -f "${ACTION_PATH:?}/.github/action/summary.jq" "$json" ||
    printf '::warning title=lessonbook action::the %s could not be made from the JSON\n' "$1" >&2
}
output exit-code "$code"
if [ "$(query -s length "$json" 2>/dev/null)" = 1 ]; then
  output json "$json"
  if [ "$command" = shards ]; then
    output matrix "$(query -c . "$json")"
  else
    page outputs >>"$GITHUB_OUTPUT"
    if [ "$command" = diff ] && [ -s "$markdown" ]; then
      output markdown "$markdown"
      cat "$markdown" >>"${GITHUB_STEP_SUMMARY:?}"
    elif [ "$command" = plan ] && [ -n "$plan_file" ] && [ -f "$plan_file" ]; then
      output plan-file "$plan_file"
      # Everyone who can read a repository can read its artifacts, and a plan holds the files that change.
      shareable=false
      if [ "$visibility" = private ] || [ "$(query '[.targets[].plan.target.visibility] | all(. == "public")' "$plan_file")" = true ]; then
        shareable=true
      fi
      output shareable "$shareable"
      [ "$(query '.paused != null' "$json")" != true ] || page summary >>"${GITHUB_STEP_SUMMARY:?}"
      lessonbook show --format=markdown ${for_all[@]+"${for_all[@]}"} -- "$plan_file" >>"${GITHUB_STEP_SUMMARY:?}"
    elif [ "$command" = audit ] && [ ${#for_all[@]} -gt 0 ]; then
      printf '%s\n\n%s\n' "$(page summary | sed -n 1,3p)" "$hidden" >>"${GITHUB_STEP_SUMMARY:?}"
    else
      page summary >>"${GITHUB_STEP_SUMMARY:?}"
    fi
  fi
else
  printf '## lessonbook %s\n\nIt ended with code %s and gave no report; see the log.\n' "$command" "$code" \
    >>"${GITHUB_STEP_SUMMARY:?}"
fi

case $code in
  0 | 3) ;;
  4) printf '::warning title=lessonbook %s::some targets changed during the run; the next run reads them again\n' "$command" ;;
  5) printf '::notice title=lessonbook %s::some targets were deferred; the next run starts with them\n' "$command" ;;
  *) exit "$code" ;;
esac
