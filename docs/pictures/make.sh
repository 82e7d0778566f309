#!/bin/sh
# The pictures of a report page in the READMEs, from the example as the program prints it: docs/pictures/make.sh
# Needs chromium, and Noto Sans CJK for the Chinese glyphs. CHROMIUM and POLICY name other programs.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for lang in en zh; do
  ${POLICY:-policy} check fund.investment --facts "$here/../../examples/office/fund.yaml" --as-of 2025-12-31 --lang $lang \
    -o "$work/$lang.html" >/dev/null || test $? -eq 1
  ${CHROMIUM:-chromium} --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile" \
    --window-size=860,900 --screenshot="$here/report.$lang.png" "file://$work/$lang.html" 2>/dev/null
done
ls -l "$here"/report.*.png
