//! What must be known before a ring: blocked, declined, how often in vain, acquainted.

use rusqlite::params;

use super::{
    CallState, Conversation, Db, Heard, Manners, Result, RuleTarget, Store,
    calls::state_number,
    conversations::{NO_CONVERSATION, side_number},
    db::{signed, unsigned},
};
use crate::{
    call::{Party, Side},
    wire::{ConversationId, LoginId, Time, time::DAY},
};

impl Store {
    /// What the manners of DESIGN §3 need to know before `caller` rings the other side.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn manners(&self, conversation: ConversationId, caller: Side, now: Time) -> Result<Manners> {
        self.read(move |db| db.manners(&conversation, caller, now)).await
    }

    /// Whether what each side says reaches the other: a blocked one's never, a knocker's once it was answered.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn heard(&self, conversation: ConversationId) -> Result<Heard> {
        self.read(move |db| {
            let known = db.conversation(&conversation)?.ok_or(NO_CONVERSATION)?;
            Ok(Heard { owner: db.is_heard(&known, Side::Owner)?, peer: db.is_heard(&known, Side::Peer)? })
        })
        .await
    }
}

impl Db<'_> {
    /// Whether `side` may be heard by the other.
    pub(super) fn is_heard(&self, conversation: &Conversation, side: Side) -> Result<bool> {
        if let Party::Login(callee) = conversation.party(side.other())
            && self.is_blocked(&callee, conversation, side)?
        {
            return Ok(false);
        }
        if conversation.mail.is_some() {
            return Ok(side == Side::Owner
                || conversation.first
                || self.is_willing(conversation, side.other())?);
        }
        match (conversation.party(side), conversation.party(side.other())) {
            (Party::Login(caller), Party::Login(callee)) => {
                self.are_acquainted(self.conversation_number(&conversation.id)?, &caller, &callee)
            }
            _ => Ok(true),
        }
    }

    /// Whether a side ever called the other, or one answered the other.
    fn is_willing(&self, conversation: &Conversation, side: Side) -> Result<bool> {
        let find = match side {
            Side::Owner => "SELECT 1 FROM conversation WHERE id = ?1 AND owner_willing = 1",
            Side::Peer => "SELECT 1 FROM conversation WHERE id = ?1 AND peer_willing = 1",
        };
        self.any(find, [conversation.id.as_str()])
    }

    fn manners(&self, id: &ConversationId, caller: Side, now: Time) -> Result<Manners> {
        let conversation = self.conversation(id)?.ok_or(NO_CONVERSATION)?;
        let number = self.conversation_number(id)?;
        let (calling, called) = (conversation.party(caller), conversation.party(caller.other()));
        let side = side_number(caller);
        let declined = "SELECT max(changed) FROM call WHERE conversation = ?1 AND caller = ?2 AND state = ?3";
        let unanswered = "SELECT started FROM call WHERE conversation = ?1 AND caller = ?2 AND state = ?3
                          AND rang = 1 AND started > ?4 ORDER BY started";
        Ok(Manners {
            blocked: match called.login() {
                Some(callee) => self.is_blocked(callee, &conversation, caller)?,
                None => false,
            },
            declined: self
                .one(declined, params![number, side, state_number(CallState::Declined)], |row| {
                    Ok(row.get::<_, Option<i64>>(0)?)
                })?
                .flatten()
                .map(Time),
            unanswered: self.all(
                unanswered,
                params![number, side, state_number(CallState::Missed), now.plus(-DAY).0],
                |row| Ok(Time(row.get(0)?)),
            )?,
            acquainted: match (conversation.mail, calling.login(), called.login()) {
                (None, Some(caller), Some(callee)) => self.are_acquainted(number, caller, callee)?,
                // A ticket is the acquaintance.
                _ => true,
            },
            missed_in_row: match called.login() {
                Some(callee) => self.missed_in_row(callee)?,
                None => 0,
            },
        })
    }

    /// By the caller's name, by an address of theirs, or by the ticket they hold.
    fn is_blocked(&self, callee: &LoginId, conversation: &Conversation, caller: Side) -> Result<bool> {
        let calling = conversation.party(caller);
        if let Party::Login(login) = &calling {
            if self.has_rule(callee, &RuleTarget::BlockLogin(login.clone()))? {
                return Ok(true);
            }
            if let Some(row) = self.login(login)?
                && row.verified
                && self.has_rule(callee, &RuleTarget::BlockAddress(row.mail))?
            {
                return Ok(true);
            }
        }
        let Some((mail, recipient)) = conversation.mail else { return Ok(false) };
        if self.has_rule(callee, &RuleTarget::BlockTicket { mail, recipient })? {
            return Ok(true);
        }
        // A mail that led back there is no way around the block of the one that began it.
        let began = "SELECT c.mail, c.recipient FROM mail m JOIN conversation c ON c.id = m.into_id
                     WHERE m.row = ?1 AND c.mail IS NOT NULL";
        let began = self.one(began, [signed(mail)], |row| Ok((unsigned(row.get(0)?), row.get(1)?)))?;
        if let Some((mail, recipient)) = began
            && self.has_rule(callee, &RuleTarget::BlockTicket { mail, recipient })?
        {
            return Ok(true);
        }
        match (caller, self.recipient(mail, recipient)?) {
            (Side::Peer, Some(address)) => self.has_rule(callee, &RuleTarget::BlockAddress(address)),
            _ => Ok(false),
        }
    }

    /// Of a pair: the callee allowed the caller; or once showed in this conversation that they want to talk;
    /// or the two share a mail whose ticket the one of them was the first to press, or in which the callee
    /// showed the same.
    fn are_acquainted(&self, pair: i64, caller: &LoginId, callee: &LoginId) -> Result<bool> {
        if self.has_rule(callee, &RuleTarget::Allow(caller.clone()))? {
            return Ok(true);
        }
        let (caller, callee) = (self.login_number(caller)?, self.login_number(callee)?);
        let willing = "SELECT 1 FROM conversation c WHERE
                ((c.row = ?1) OR (c.mail IS NOT NULL AND
                    ((c.owner = ?2 AND c.peer_login = ?3) OR (c.owner = ?3 AND c.peer_login = ?2))))
            AND ((c.mail IS NOT NULL AND c.first = 1)
                OR (c.owner = ?3 AND c.owner_willing = 1) OR (c.peer_login = ?3 AND c.peer_willing = 1)
                OR EXISTS (SELECT 1 FROM line WHERE conversation = c.row
                           AND side = CASE c.owner WHEN ?3 THEN 0 ELSE 1 END))";
        self.any(willing, params![pair, caller, callee])
    }

    fn missed_in_row(&self, login: &LoginId) -> Result<u32> {
        let find = "SELECT missed FROM presence WHERE login = (SELECT row FROM login WHERE name = ?1)";
        Ok(self.one(find, [login.as_str()], |row| Ok(row.get(0)?))?.unwrap_or(0))
    }
}
