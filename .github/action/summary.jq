# A command's JSON as outputs of a step ($part = "outputs") or as a page for the job's summary.
# Text from elsewhere is put into code spans, in which Markdown has no effect.
def code: tostring | gsub("[[:cntrl:]]"; " ") | gsub("`"; "'") | gsub("\\|"; "\\|") | if . == "" then "" else "`" + . + "`" end;
def short($most): tostring | if length > $most then .[:$most - 1] + "…" else . end;
# A target of `plan`, `sync`, `status` and `coverage` is in groups; one of `diff` and `doctor` is flat.
def name: .target | if type == "object" then .name else . end;
def state: .outcome.state? // .state? // "unknown";
def counted($number; $what): "\($number) \($what)" + (if $number == 1 then "" else "s" end);
def rests: state | IN("up-to-date", "merged", "proposed", "approved", "held", "disabled", "unreachable");
def bad: state | IN("refused", "blocked", "failed");

(.targets // []) as $targets
| ([.outcomes[]? | {key: .target, value: .}] | from_entries) as $outcomes
| ([.findings[]?] + [.repositories[]?.findings[]?] + [$targets[] | .findings[]?, .outcome.findings[]?] + [.outcomes[]? | .finding, .github.finding? | values]) as $findings
| ([$targets[] | select(bad or $outcomes[name].outcome == "failed")]) as $failed
| def count($level): [$findings[] | select(.level == $level)] | length;
  def page: .proposal.pull.url? // .proposal.link? // .url? // $outcomes[name].url? // null;
  def link: page as $page
    | if ($page | type) == "string" and ($page | test("^https?://[^\\s<>()|]+$")) then " [open](" + $page + ")" else "" end;
  def row:
    "| " + (name | code) + " | " + state
    + (($outcomes[name].outcome // "") | if . == "" then "" else ", " + . end) + link
    + " | " + (.proof.coverage.counts? // null | if . then "\(.current) of \(.required)" else "" end)
    + " | " + (.proof.coverage.counts? // null | if . then "\(.proposed) of \(.required)" else "" end)
    + " | " + ((.outcome.why? // .why // .proposal.title? // "") | short(160) | code) + " |";
  if $part == "outputs" then
    "targets=\($targets | length)",
    "pending=\([$targets[] | select(state | IN("stale", "drifted"))] | length)",
    "failed=\($failed | length)",
    "deferred=\([$targets[] | select(state == "deferred" or $outcomes[name].outcome == "deferred")] | length)",
    "errors=\(count("error"))",
    "warnings=\(count("warning"))",
    "counts=\(reduce $targets[] as $target ({}; .[$target | state] += 1) | tojson)"
  else
    "## lessonbook \($command)\n",
    (if .store.name? then "Store \(.store.name | code)" + (if .store.commit then " at \(.store.commit.id[:7] | code)" else "" end) + ". " else "" end)
    + (if $command == "site" then "\(counted(.same + (.written | length); "page")), \(.bytes / 1000 | ceil) kB, "
        + counted(.targets_unread; "target") + " not read, " else "" end)
    + (if $command | IN("check", "verify", "lint", "site", "audit") then "" else counted($targets | length; "target") + ", \($failed | length) failed, " end)
    + (if $command == "audit" then counted(.summary.lessons; "lesson") + ", " else "" end)
    + counted(count("error"); "error") + ", " + counted(count("warning"); "warning") + "; exit code \($code).\n",
    (if .paused? then "**Paused**, so nothing is written: \(.paused.why | code), by \(.paused.who | code) (\(.paused.place | code)).\n" else empty end),
    ([$targets[] | select((rests | not) or $outcomes[name])] as $rows
      | if ($rows | length) > 0 then
          "| target | state | placements now | after the merge | why |\n|---|---|---|---|---|",
          ($rows[:300][] | row),
          (if ($rows | length) > 300 then "\n…and \(($rows | length) - 300) more, in the JSON." else empty end),
          ""
        else empty end),
    ([$targets[] | select(rests and ($outcomes[name] | not))] as $quiet
      | if ($quiet | length) > 0 then
          "<details><summary>\($quiet | length) with nothing to do</summary>\n\n| target | state | placements now | after the merge | why |\n|---|---|---|---|---|",
          ($quiet[:300][] | row),
          (if ($quiet | length) > 300 then "\n…and \(($quiet | length) - 300) more, in the JSON." else empty end),
          "\n</details>\n"
        else empty end),
    (if ($findings | length) > 0 then
        "| | finding | where | help |\n|---|---|---|---|",
        ($findings | sort_by({"error": 0, "warning": 1}[.level] // 2)[:50][]
          | "| \(.level) | \(.code | code) \(.message | short(300) | code) | \((.target // .at.file? // "") | code) | \((.help // "") | short(300) | code) |"),
        (if ($findings | length) > 50 then "\n…and \(($findings | length) - 50) more, in the JSON." else empty end)
      else empty end)
  end
