#!/bin/sh
# Mail that opens a chat: alice mails bob, bob presses the chat button, they talk. Then alice is off, and is told.
# Everything happens in a temporary directory and is gone afterwards.
set -eu
cd "$(dirname "$0")/.."
cargo build --locked --quiet
PATH=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd):$PATH
place=$(mktemp -d)
alice=$place/alice bob=$place/bob # everybody has a home of their own
trap 'kill ${running-} 2>/dev/null || :; wait; rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
step()  { printf '\n== %s\n' "$*"; }
types() { printf '%5s types: %s\n' "$1" "$2"; echo "$2" >"$place/$1.keys"; }
sees()  { # sees WHO WORDS: waits until WHO's terminal shows the words, and shows the line
    tries=500
    until line=$(grep -m 1 -e "$2" "$place/$1.screen" 2>/dev/null); do
        tries=$((tries - 1)) && [ $tries -gt 0 ] || { cat "$place"/*.screen >&2; exit 1; }
        sleep 0.02
    done
    printf '%5s sees:  %s\n' "$1" "$line"
}
step 'A CH server starts, with its database in a temporary directory.'
ch-serve --listen 127.0.0.1:0 --data "$place/data" --via "maildir:$place/mail" 2>"$place/server.screen" &
running=$!
sees server 'listening on'
export CH_SERVER="${line##* }" CH_VIA="maildir:$place/mail"

step 'Alice and bob register.'
CH_HOME=$alice ch-register alice --mail alice@example.org
CH_HOME=$bob ch-register bob --mail bob@example.org

step 'Alice mails bob. It is ordinary mail, with a chat button in its header.'
echo 'New boots are in.' | CH_HOME=$alice ch-send --to bob@example.org --subject Boots
mail=$(grep -l '^Subject: Boots' "$place"/mail/bob@example.org/new/*)
grep '^CH-' "$mail"

step "Bob reads it, and presses the button. Alice's computer rings; she answers."
CH_HOME=$bob ch-inspect -v --text "$mail"
mkfifo "$place/alice.keys" "$place/bob.keys"
exec 3<>"$place/alice.keys" 4<>"$place/bob.keys" # their keyboards
CH_HOME=$alice ch-chat listen --answer --text <"$place/alice.keys" >"$place/alice.screen" 3>&- 4>&- &
agent=$! running="$running $!"
sees alice listening
CH_HOME=$bob ch-chat open --text "$mail" <"$place/bob.keys" >"$place/bob.screen" 3>&- 4>&- &
press=$! running="$running $!"
sees alice Boots
types bob 'Do you have them in 43?'
sees alice 'in 43'
types alice 'Yes, the last pair.'
sees bob 'last pair'
exec 4>&- # the end of bob's input hangs up
wait $press
sees alice 'is over'

step 'Alice switches her computer off. Bob presses again, and is told so at once.'
kill $agent; wait $agent || :
CH_HOME=$bob ch-chat open --text "$mail" </dev/null || [ $? = 1 ]

step 'Alice is back, and finds the notice.'
CH_HOME=$alice ch-register --text
