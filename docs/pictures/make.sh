#!/bin/sh
# The pictures of a report page in the READMEs and of `policy serve`, as the program shows its example: docs/pictures/make.sh
# Needs chromium, curl, a free port (PORT, else 8931), and Noto Sans CJK for the Chinese glyphs. CHROMIUM and POLICY name other programs.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seen() {
  ${CHROMIUM:-chromium} --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile" "$@" 2>/dev/null
}
for lang in en zh; do
  ${POLICY:-policy} check fund.investment --facts "$here/../../examples/office/fund.yaml" --as-of 2025-12-31 --lang $lang \
    -o "$work/$lang.html" >/dev/null || test $? -eq 1
  seen --window-size=860,900 --screenshot="$here/report.$lang.png" "file://$work/$lang.html"
done
at=127.0.0.1:${PORT:-8931}
${POLICY:-policy} serve --port "${at#*:}" --workers 1 --seconds 60 2>/dev/null &
trap 'kill $!; rm -rf "$work"' EXIT
until curl -s -o /dev/null "http://$at/v1/decisions"; do sleep 0.2; done
for lang in en zh; do
  # a link to a filled case, as the page makes it
  seen --window-size=1200,900 --virtual-time-budget=8000 --screenshot="$here/serve.$lang.png" \
    "http://$at/$lang/decide/fund.investment#case?f.kind=subfund&f.fund_total=15%E4%BA%BF%E5%85%83&f.amount=2.4%E4%BA%BF%E5%85%83&f.subfund_total=10%E4%BA%BF%E5%85%83&as_of=2025-12-31"
done
ls -l "$here"/*.png
