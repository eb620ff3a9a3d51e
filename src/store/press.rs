//! A press of a mail's button: which conversation it leads to, and whether its presser may ring (S107).

use rusqlite::params;

use super::{
    Conversation, Db, MailRow, Press, Result, Store, StoreError, conversations::NO_CONVERSATION, db::signed,
    devices::random_name,
};
use crate::{
    call::{Party, Side},
    wire::{ConversationId, LoginId, Time, frame::Knock},
};

const NO_TICKET: StoreError = StoreError::NotFound("ticket");

impl Store {
    /// Finds or makes the conversation of this mail row, recipient and presser; who was first is decided here.
    /// A mail that leads `into` a conversation leads its two parties there and others to one of their own, in
    /// which they may only knock; a mail of the server's own to a guest leads those to whom its guest talked.
    ///
    /// # Errors
    /// `NotFound("ticket")`: no such mail or recipient, the mail's sender pressing the own button, or a
    /// stranger pressing a mail of the server's own to a login. `NotFound("login")`.
    pub async fn press(&self, mail: u64, recipient: u32, presser: Party, now: Time) -> Result<Press> {
        self.press_as(mail, recipient, presser, None, true, now).await
    }

    /// The same with the id that a conversation that is made now gets, and whether its presser may be the first:
    /// an expired ticket makes nobody its owner.
    ///
    /// # Errors
    /// As [`Store::press`].
    pub async fn press_as(
        &self,
        mail: u64,
        recipient: u32,
        presser: Party,
        id: Option<ConversationId>,
        may_own: bool,
        now: Time,
    ) -> Result<Press> {
        self.write(move |db| {
            if let Some(press) = db.pressed(mail, recipient, &presser)? {
                return Ok(press);
            }
            let first = may_own && db.may_be_first(mail, recipient)?;
            let id = id.map_or_else(random_name, |id| Ok(id.into()))?;
            db.add_conversation(&id, mail, recipient, &presser, first, now)?;
            db.pressed(mail, recipient, &presser)?.ok_or(NO_CONVERSATION)
        })
        .await
    }

    /// Where a press leads that was made before; `None`: it was not. Changes nothing.
    ///
    /// # Errors
    /// As [`Store::press`].
    pub async fn pressed(&self, mail: u64, recipient: u32, presser: Party) -> Result<Option<Press>> {
        self.read(move |db| db.pressed(mail, recipient, &presser)).await
    }

    /// The conversation that a mail leads back into, and the side that it was written to; `None`: it leads into none.
    pub async fn leads_back(&self, mail: u64, recipient: u32) -> Result<Option<(Conversation, Side)>> {
        self.read(move |db| {
            let into = db.mail(mail)?.and_then(|mail| mail.into);
            let Some(conversation) = db.led_into(into.as_ref())? else { return Ok(None) };
            let side = db.side_written_to(&conversation, mail, recipient)?;
            Ok(Some((conversation, side)))
        })
        .await
    }
}

impl Db<'_> {
    fn pressed(&self, mail: u64, recipient: u32, presser: &Party) -> Result<Option<Press>> {
        let found = self.mail(mail)?.ok_or(NO_TICKET)?;
        let is_own = found.owner.is_some() && found.owner.as_ref() == presser.login();
        if is_own || self.recipient(mail, recipient)?.is_none() {
            return Err(NO_TICKET);
        }
        if let Some(conversation) = self.led_into(found.into.as_ref())?
            && let Some(side) = conversation.side_of(presser)
        {
            // Whoever sent it wants them there: no knock, also for one who was not the first.
            return Ok(Some(Press { knock: None, conversation, side }));
        }
        if self.called_by(&found, recipient)?.is_none() {
            return Err(NO_TICKET);
        }
        let conversation = self.conversation_of(signed(mail), recipient, presser)?;
        Ok(conversation.map(|conversation| {
            let knock = (!conversation.first).then_some(Knock::NotFirst);
            Press { conversation, side: Side::Peer, knock }
        }))
    }

    fn led_into(&self, into: Option<&ConversationId>) -> Result<Option<Conversation>> {
        into.map_or(Ok(None), |id| self.conversation(id))
    }

    /// Who is called by somebody that a mail leads into no conversation: its sender. A mail of the server's own to a
    /// guest was sent for the login that answered there; one to a login was sent for somebody who has none to call.
    fn called_by(&self, mail: &MailRow, recipient: u32) -> Result<Option<LoginId>> {
        if mail.owner.is_some() {
            return Ok(mail.owner.clone());
        }
        let Some(conversation) = self.led_into(mail.into.as_ref())? else { return Ok(None) };
        let side = self.side_written_to(&conversation, mail.row, recipient)?;
        let is_guest = conversation.party(side).login().is_none();
        Ok(is_guest.then_some(conversation.owner))
    }

    /// The side of a conversation whose address a mail into it went to. The owner's, when an address was changed since.
    fn side_written_to(&self, conversation: &Conversation, mail: u64, recipient: u32) -> Result<Side> {
        let to = self.recipient(mail, recipient)?.unwrap_or_default();
        let is_peer = !self.has_address(conversation, Side::Owner, &to)?
            && self.has_address(conversation, Side::Peer, &to)?;
        Ok(if is_peer { Side::Peer } else { Side::Owner })
    }

    /// Whether who presses now is the first, in a mail that leads nowhere else.
    fn may_be_first(&self, mail: u64, recipient: u32) -> Result<bool> {
        let found = self.mail(mail)?.ok_or(NO_TICKET)?;
        Ok(self.led_into(found.into.as_ref())?.is_none() && !self.was_pressed(mail, recipient)?)
    }

    /// Whether somebody was first already.
    fn was_pressed(&self, mail: u64, recipient: u32) -> Result<bool> {
        let find = "SELECT 1 FROM conversation WHERE mail = ?1 AND recipient = ?2 AND first = 1";
        self.any(find, params![signed(mail), recipient])
    }

    fn add_conversation(
        &self,
        id: &str,
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
        let found = self.mail(mail)?.ok_or(NO_TICKET)?;
        let owner = self.called_by(&found, recipient)?.ok_or(NO_TICKET)?;
        let owner = self.login_number(&owner)?;
        self.run(add, params![id, owner, login, guest, signed(mail), recipient, first, now.0])?;
        Ok(())
    }
}
