//! Calls: written when they start, upgraded as they go on, so that no crash loses a missed one.

use rusqlite::{Row, params};

use super::{
    CallRow, CallState, Db, NewNotice, Result, Store, StoreError,
    conversations::{NO_CONVERSATION, read_side, side_number},
};
use crate::{
    call::Side,
    wire::{CallId, ConversationId, NoticeId, Time},
};

impl Store {
    /// Writes or replaces by id.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn put_call(&self, call: CallRow) -> Result<()> {
        self.write(move |db| db.put_call(&call)).await
    }

    /// A call that ends without an answer and the notice it leaves, in one transaction. Raises the callee's
    /// unanswered rings in a row when `call.rang`. The same call again changes nothing more and gets the
    /// notice that waits.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn miss_call(&self, call: CallRow, notice: Option<NewNotice>) -> Result<Option<NoticeId>> {
        self.write(move |db| db.miss_call(&call, notice.as_ref())).await
    }

    /// `Open` and `Answered` ones, the oldest first: what a server that starts takes up again.
    pub async fn open_calls(&self) -> Result<Vec<CallRow>> {
        self.read(|db| {
            let find = "SELECT k.id, c.id, k.caller, k.state, k.rang, k.started, k.changed, k.snapshot
                        FROM call k JOIN conversation c ON c.row = k.conversation
                        WHERE k.state <= 1 ORDER BY k.started, k.row";
            db.all(find, [], |row| db.call_row(row))
        })
        .await
    }

    /// By its id.
    pub async fn call(&self, id: CallId) -> Result<Option<CallRow>> {
        self.read(move |db| {
            let find = "SELECT k.id, c.id, k.caller, k.state, k.rang, k.started, k.changed, k.snapshot
                        FROM call k JOIN conversation c ON c.row = k.conversation WHERE k.id = ?1";
            db.one(find, [id.as_str()], |row| db.call_row(row))
        })
        .await
    }
}

impl Db<'_> {
    fn put_call(&self, call: &CallRow) -> Result<()> {
        let conversation = self.conversation_number(&call.conversation)?;
        let snapshot = self.keys.seal("call.snapshot", call.id.as_str(), &call.snapshot)?;
        let put = "INSERT INTO call (id, conversation, caller, state, rang, started, changed, snapshot)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                   ON CONFLICT (id) DO UPDATE SET conversation = ?2, caller = ?3, state = ?4, rang = ?5,
                       started = ?6, changed = ?7, snapshot = ?8";
        self.run(
            put,
            params![
                call.id.as_str(),
                conversation,
                side_number(call.caller),
                state_number(call.state),
                call.rang,
                call.started.0,
                call.changed.0,
                snapshot
            ],
        )?;
        // Who calls wants to talk; in an answered call both did.
        let answered = matches!(call.state, CallState::Answered | CallState::Ended);
        let willing = "UPDATE conversation SET owner_willing = max(owner_willing, ?2),
                           peer_willing = max(peer_willing, ?3)
                       WHERE row = ?1 AND (owner_willing < ?2 OR peer_willing < ?3)";
        let (owner, peer) = (answered || call.caller == Side::Owner, answered || call.caller == Side::Peer);
        self.run(willing, params![conversation, owner, peer])?;
        Ok(())
    }

    fn miss_call(&self, call: &CallRow, notice: Option<&NewNotice>) -> Result<Option<NoticeId>> {
        let missed = state_number(CallState::Missed);
        let before = "SELECT 1 FROM call WHERE id = ?1 AND state = ?2";
        let again = self.any(before, params![call.id.as_str(), missed])?;
        self.put_call(call)?;
        if again {
            return match notice {
                Some(notice) => self.waiting_notice(&notice.conversation, notice.to),
                None => Ok(None),
            };
        }
        if call.rang {
            let callee = self.conversation(&call.conversation)?.ok_or(NO_CONVERSATION)?;
            if let Some(login) = callee.party(call.caller.other()).login() {
                let raise = "UPDATE presence SET missed = missed + 1
                             WHERE login = (SELECT row FROM login WHERE name = ?1)";
                self.run(raise, [login.as_str()])?;
            }
        }
        notice.map(|notice| self.leave_notice(notice)).transpose()
    }

    fn call_row(&self, row: &Row<'_>) -> Result<CallRow> {
        let damaged = || StoreError::Damaged("call");
        let id: String = row.get(0)?;
        let snapshot =
            self.keys.unseal("call.snapshot", &id, row.get_ref(7)?.as_blob().map_err(|_| damaged())?)?;
        Ok(CallRow {
            id: CallId::try_from(id).map_err(|_| damaged())?,
            conversation: ConversationId::try_from(row.get::<_, String>(1)?).map_err(|_| damaged())?,
            caller: read_side(row.get(2)?)?,
            state: read_state(row.get(3)?)?,
            rang: row.get(4)?,
            started: Time(row.get(5)?),
            changed: Time(row.get(6)?),
            snapshot,
        })
    }
}

/// A call's state as it stands in a row.
pub(super) fn state_number(state: CallState) -> i64 {
    match state {
        CallState::Open => 0,
        CallState::Answered => 1,
        CallState::Ended => 2,
        CallState::Missed => 3,
        CallState::Declined => 4,
    }
}

fn read_state(number: i64) -> Result<CallState> {
    Ok(match number {
        0 => CallState::Open,
        1 => CallState::Answered,
        2 => CallState::Ended,
        3 => CallState::Missed,
        4 => CallState::Declined,
        _ => return Err(StoreError::Damaged("call.state")),
    })
}
