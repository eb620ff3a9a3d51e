#!/bin/sh
# A promotion: a list of members who agreed, an ad, a campaign; each mail with a chat button and a way out of the list.
# Everything happens in a temporary directory, mail goes into Maildirs there, and all is gone afterwards.
set -eu
cd "$(dirname "$0")/.."
cargo build --locked --quiet
PATH=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd):$PATH
place=$(mktemp -d)
trap 'kill ${running-} 2>/dev/null || :; wait; rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
step() { printf '\n== %s\n' "$*"; }

step 'A CH server starts. The shop registers; whoever runs the server makes it a manager.'
ch-serve --listen 127.0.0.1:0 --data "$place/data" --via "maildir:$place/mail" 2>"$place/server" &
running=$!
until grep -q 'listening on' "$place/server" 2>/dev/null; do sleep 0.05; done
CH_SERVER=$(sed -n 's/.*listening on //p' "$place/server" | head -n 1)
export CH_SERVER CH_HOME="$place/shop" CH_VIA="maildir:$place/mail"
ch-register shop --mail shop@example.org
ch-serve grant shop manager --data "$place/data"
echo 'postal_address = "Running Shop, 1 Main Street, Seoul"' >>"$CH_HOME/config.toml"

step 'A list of members, as a spreadsheet saves it. Who did not agree gets no promotion.'
cat >"$place/members.csv" <<'END'
mail,name,tags,locale,time_zone,consent
bob@example.org,Bob,running;city:Seoul,en,Asia/Seoul,promotion
mina@example.org,민아,running;city:Seoul,ko-KR,Asia/Seoul,promotion
carol@example.org,Carol,running;city:Busan,en,Asia/Seoul,promotion
dave@example.org,Dave,running;city:Seoul,en,Asia/Seoul,
END
ch-promo member import "$place/members.csv" --consent-proof 'paper form, March'

step 'An ad, and whom it is for.'
echo 'Hello {{ name }}, the new boots are in: {{ chat_link }}' |
    ch-promo ad add boots --title 'New boots' --text - --price 89000 --currency KRW
ch-promo plan spring --ad boots --to 'tag:running and city:Seoul' --text

step 'What a mail looks like, what is to be said against it, and one for ourselves.'
ch-promo show spring --member mina@example.org | sed -n '/^$/q; p'
ch-promo lint spring --profile us --text || echo 'lint: to be settled before it goes to the world'
ch-promo test spring --to shop@example.org

step 'It goes out, and again mails nobody.'
ch-promo run spring
ch-promo run spring
ls "$place"/mail/*@example.org/new

step 'What came of it.'
ch-promo status spring --text
ch-promo report spring --text
