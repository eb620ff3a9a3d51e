//! A press of a mail's button: which conversation it leads to, and whether its presser may ring (S107).

use rusqlite::params;

use super::{
    Db, Press, Result, Store, StoreError, conversations::NO_CONVERSATION, db::signed, devices::random_name,
};
use crate::{
    call::{Party, Side},
    wire::{Time, frame::Knock},
};

const NO_TICKET: StoreError = StoreError::NotFound("ticket");

impl Store {
    /// Finds or makes the conversation of this mail row, recipient and presser; who was first is decided here.
    /// A mail that leads `into` a conversation leads its two parties there and others to one of their own, in
    /// which they may only knock.
    ///
    /// # Errors
    /// `NotFound("ticket")`: no such mail or recipient, the mail's sender pressing the own button, or a
    /// stranger pressing a mail of the server's own. `NotFound("login")`.
    pub async fn press(&self, mail: u64, recipient: u32, presser: Party, now: Time) -> Result<Press> {
        self.write(move |db| db.press(mail, recipient, &presser, now)).await
    }
}

impl Db<'_> {
    fn press(&self, mail: u64, recipient: u32, presser: &Party, now: Time) -> Result<Press> {
        let found = self.mail(mail)?.ok_or(NO_TICKET)?;
        let is_own = found.owner.is_some() && found.owner.as_ref() == presser.login();
        if is_own || self.recipient(mail, recipient)?.is_none() {
            return Err(NO_TICKET);
        }
        let mut leads_on = false;
        if let Some(into) = &found.into
            && let Some(conversation) = self.conversation(into)?
        {
            if let Some(side) = conversation.side_of(presser) {
                // Whoever sent it wants them there: no knock, also for one who was not the first.
                return Ok(Press { knock: None, conversation, side });
            }
            leads_on = true;
        }
        let Some(owner) = &found.owner else { return Err(NO_TICKET) };
        let conversation = match self.conversation_of(signed(mail), recipient, presser)? {
            Some(conversation) => conversation,
            None => {
                let first = !leads_on && !self.was_pressed(mail, recipient)?;
                let owner = self.login_number(owner)?;
                self.add_conversation(owner, mail, recipient, presser, first, now)?;
                self.conversation_of(signed(mail), recipient, presser)?.ok_or(NO_CONVERSATION)?
            }
        };
        let knock = (!conversation.first).then_some(Knock::NotFirst);
        Ok(Press { conversation, side: Side::Peer, knock })
    }

    /// Whether somebody was first already.
    fn was_pressed(&self, mail: u64, recipient: u32) -> Result<bool> {
        let find = "SELECT 1 FROM conversation WHERE mail = ?1 AND recipient = ?2 AND first = 1";
        self.any(find, params![signed(mail), recipient])
    }

    fn add_conversation(
        &self,
        owner: i64,
        mail: u64,
        recipient: u32,
        peer: &Party,
        first: bool,
        now: Time,
    ) -> Result<()> {
        let (login, guest) = match peer {
            Party::Login(login) => (Some(self.login_number(login)?), None),
            Party::Guest(hash) => (None, Some(hash.0)),
        };
        let add =
            "INSERT INTO conversation (id, owner, peer_login, peer_guest, mail, recipient, first, touched)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let id = random_name()?;
        self.run(add, params![id, owner, login, guest, signed(mail), recipient, first, now.0])?;
        Ok(())
    }
}
