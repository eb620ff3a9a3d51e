//! Conversations: one mail row, one recipient and one peer; or two logins without a mail.

use rusqlite::{Row, params};

use super::{
    Conversation, Db, Result, Store, StoreError,
    db::unsigned,
    devices::random_name,
    logins::{NO_LOGIN, read_login},
};
use crate::{
    call::{Party, Side},
    wire::{ConversationId, LoginId, SecretHash, Time, frame::ConversationSummary},
};

pub(super) const NO_CONVERSATION: StoreError = StoreError::NotFound("conversation");

/// What the owner sees as the name of a guest whose mail row is gone.
const NAMELESS: &str = "guest";

/// Every column that [`Db::conversation_row`] reads.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, o.name, p.name, c.peer_guest, c.mail, c.recipient, c.first, c.last,
                    m.subject, m.message_id, r.address, k.mail, m.named
             FROM conversation c JOIN login o ON o.row = c.owner LEFT JOIN login p ON p.row = c.peer_login
             LEFT JOIN mail m ON m.row = c.mail
             LEFT JOIN recipient r ON r.mail = c.mail AND r.place = c.recipient
             LEFT JOIN campaign k ON k.mail = c.mail ",
            $rest
        )
    };
}

impl Store {
    /// Finds or makes the conversation of two logins without a mail.
    ///
    /// # Errors
    /// `NotFound("login")` when one of them is not there, or both are the same.
    pub async fn pair(&self, caller: LoginId, callee: LoginId, now: Time) -> Result<Conversation> {
        self.write(move |db| db.pair(&caller, &callee, now)).await
    }

    /// By its id.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>> {
        self.read(move |db| db.conversation(&id)).await
    }

    /// A login's, the latest first, at most `limit`.
    pub async fn conversations_of(&self, login: LoginId, limit: u32) -> Result<Vec<ConversationSummary>> {
        self.read(move |db| db.conversations_of(&login, limit)).await
    }
}

impl Db<'_> {
    pub(super) fn conversation(&self, id: &ConversationId) -> Result<Option<Conversation>> {
        self.one(select!("WHERE c.id = ?1"), [id.as_str()], |row| self.conversation_row(row))
    }

    fn conversation_row(&self, row: &Row<'_>) -> Result<Conversation> {
        let damaged = || StoreError::Damaged("conversation");
        let peer_login = row.get::<_, Option<String>>(2)?.map(read_login).transpose()?;
        let guest = row.get::<_, Option<[u8; 32]>>(3)?;
        let mail: Option<i64> = row.get(4)?;
        let recipient: Option<u32> = row.get(5)?;
        let address: Option<Vec<u8>> = row.get(10)?;
        let campaign: Option<i64> = row.get(11)?;
        let address = match (mail, recipient, address) {
            (Some(mail), Some(place), Some(sealed)) => {
                Some(self.keys.unseal("recipient.address", &format!("{mail}/{place}"), &sealed)?)
            }
            // A campaign's recipients are members.
            (Some(mail), Some(place), None) if campaign.is_some() => self.recipient(unsigned(mail), place)?,
            _ => None,
        };
        let (peer, peer_name) = match (peer_login, guest) {
            (Some(login), _) => (Party::Login(login.clone()), login.to_string()),
            (None, Some(hash)) => {
                (Party::Guest(SecretHash(hash)), address.unwrap_or_else(|| NAMELESS.to_owned()))
            }
            (None, None) => return Err(damaged()),
        };
        let number = mail.unwrap_or(0);
        Ok(Conversation {
            id: ConversationId::try_from(row.get::<_, String>(0)?).map_err(|_| damaged())?,
            owner: read_login(row.get(1)?)?,
            peer,
            peer_name,
            mail: mail.zip(recipient).map(|(mail, recipient)| (unsigned(mail), recipient)),
            first: row.get(6)?,
            subject: self.mail_words("mail.subject", number, row.get(8)?)?,
            message_id: match (campaign, recipient, self.mail_words("mail.message_id", number, row.get(9)?)?)
            {
                (Some(_), Some(member), Some(domain)) => {
                    Some(format!("{}@{domain}", self.delivery_id(unsigned(number), member)))
                }
                (_, _, id) => row.get::<_, Option<String>>(12)?.or(id),
            },
            last: unsigned(row.get(7)?),
        })
    }

    /// The row number, for tables that refer to it.
    pub(super) fn conversation_number(&self, id: &ConversationId) -> Result<i64> {
        let find = "SELECT row FROM conversation WHERE id = ?1";
        self.one(find, [id.as_str()], |row| Ok(row.get(0)?))?.ok_or(NO_CONVERSATION)
    }

    fn pair(&self, caller: &LoginId, callee: &LoginId, now: Time) -> Result<Conversation> {
        let (owner, peer) = if caller < callee { (caller, callee) } else { (callee, caller) };
        let (first, second) = (self.login_number(owner)?, self.login_number(peer)?);
        if first == second {
            return Err(NO_LOGIN);
        }
        let find = select!("WHERE c.mail IS NULL AND c.owner = ?1 AND c.peer_login = ?2");
        if let Some(found) = self.one(find, [first, second], |row| self.conversation_row(row))? {
            return Ok(found);
        }
        let add =
            "INSERT INTO conversation (id, owner, peer_login, first, touched) VALUES (?1, ?2, ?3, 1, ?4)";
        self.run(add, params![random_name()?, first, second, now.0])?;
        self.one(find, [first, second], |row| self.conversation_row(row))?.ok_or(NO_CONVERSATION)
    }

    /// The conversation of a mail row, a recipient and a peer, if there is one.
    pub(super) fn conversation_of(
        &self,
        mail: i64,
        recipient: u32,
        peer: &Party,
    ) -> Result<Option<Conversation>> {
        match peer {
            Party::Login(login) => {
                let find = select!("WHERE c.mail = ?1 AND c.recipient = ?2 AND c.peer_login = ?3");
                let number = self.login_number(login)?;
                self.one(find, params![mail, recipient, number], |row| self.conversation_row(row))
            }
            Party::Guest(hash) => {
                let find = select!("WHERE c.mail = ?1 AND c.recipient = ?2 AND c.peer_guest = ?3");
                self.one(find, params![mail, recipient, hash.0], |row| self.conversation_row(row))
            }
        }
    }

    fn conversations_of(&self, login: &LoginId, limit: u32) -> Result<Vec<ConversationSummary>> {
        // A pair's two sides never are one login, so no conversation comes twice. A pair in which the other side
        // never showed that it wants to talk is not told: a stranger would learn that there is anybody.
        let find = "SELECT id, 0, touched, row FROM conversation c
                    WHERE owner = (SELECT row FROM login WHERE name = ?1)
                    AND (mail IS NOT NULL OR peer_willing = 1
                        OR EXISTS (SELECT 1 FROM line WHERE conversation = c.row AND side = 1))
                    UNION ALL
                    SELECT id, 1, touched, row FROM conversation c
                    WHERE peer_login = (SELECT row FROM login WHERE name = ?1)
                    AND (mail IS NOT NULL OR owner_willing = 1
                        OR EXISTS (SELECT 1 FROM line WHERE conversation = c.row AND side = 0))
                    ORDER BY 3 DESC, 4 DESC LIMIT ?2";
        let found: Vec<(String, bool)> =
            self.all(find, params![login.as_str(), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut summaries = Vec::with_capacity(found.len());
        for (id, is_peer) in found {
            let id = ConversationId::try_from(id).map_err(|_| StoreError::Damaged("conversation.id"))?;
            let side = if is_peer { Side::Peer } else { Side::Owner };
            let Some(conversation) = self.conversation(&id)? else { continue };
            // A knocker, or one who is blocked, is not in the list: their lines are not for it.
            if !self.is_heard(&conversation, side.other())? {
                continue;
            }
            let read = self.marks(&id, side)?.read;
            let unread = if conversation.last > read { self.unread(&id, side, read)? } else { 0 };
            summaries.push(ConversationSummary {
                with: conversation.name(side.other()).to_owned(),
                subject: conversation.subject,
                last: conversation.last,
                conversation: id,
                read,
                unread,
            });
        }
        Ok(summaries)
    }

    /// Lines of the other side behind `read`. Whoever writes has read, on whatever device.
    fn unread(&self, id: &ConversationId, side: Side, read: u64) -> Result<u64> {
        let find = "SELECT count(*) FROM conversation c JOIN line l ON l.conversation = c.row
                    WHERE c.id = ?1 AND l.position > max(?3, coalesce((SELECT max(position) FROM line
                        WHERE conversation = c.row AND side = ?2 AND position > ?3), 0))";
        let read = i64::try_from(read).unwrap_or(i64::MAX);
        let count = self.one(find, params![id.as_str(), side_number(side), read], |row| Ok(row.get(0)?))?;
        Ok(unsigned(count.unwrap_or(0)))
    }
}

/// A side as it stands in a row.
pub(super) fn side_number(side: Side) -> i64 {
    match side {
        Side::Owner => 0,
        Side::Peer => 1,
    }
}

/// And back.
pub(super) fn read_side(number: i64) -> Result<Side> {
    match number {
        0 => Ok(Side::Owner),
        1 => Ok(Side::Peer),
        _ => Err(StoreError::Damaged("side")),
    }
}
