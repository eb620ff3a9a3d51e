//! Mails with a button: who sent which to whom, so that a press knows where it leads.

use rusqlite::{OptionalExtension, Row, params};

use super::{
    Conversation, Db, Result, Store, StoreError,
    campaigns::SAMPLE,
    db::{signed, unsigned},
    logins::read_login,
};
use crate::{
    call::{Party, Side},
    wire::{ConversationId, LoginId, Port, Time, hex, secret},
};

/// A mail with a button, to be kept.
#[derive(Debug, Clone, Default)]
pub struct NewMail {
    /// Recipients' addresses; their places are the tickets' `recipient`.
    pub recipients: Vec<String>,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// Where it has none, one is made at this domain.
    pub domain: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// The conversation its buttons lead into, for an answer or a notice.
    pub into: Option<ConversationId>,
}

/// A mail that is kept now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMail {
    /// Its number: what a ticket names.
    pub row: u64,
    /// The Message-ID that was made for it.
    pub named: Option<String>,
}

/// A mail as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Its number: what a ticket names.
    pub row: u64,
    /// The sender. `None`: the server's own (a notice).
    pub owner: Option<LoginId>,
    /// The port its tickets name.
    pub port: Port,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// The conversation its buttons lead into.
    pub into: Option<ConversationId>,
}

/// Mails with the same Message-ID that are looked at for an answer.
const CANDIDATES: u32 = 100;

/// How a Message-ID begins that we make for a mail.
const OURS: char = 'm';

/// The conversations of `?2` that mails led to. Two ways from a mail: its own button made it, or its button leads into it.
macro_rules! led {
    ($which:literal) => {
        concat!(
            "SELECT id, first FROM (
                SELECT c.id, c.first, m.row FROM mail m JOIN conversation c ON c.mail = m.row
                WHERE ",
            $which,
            " AND ?2 IN (c.owner, c.peer_login)
                UNION ALL
                SELECT c.id, c.first, m.row FROM mail m JOIN conversation c ON c.id = m.into_id
                WHERE ",
            $which,
            " AND ?2 IN (c.owner, c.peer_login))
            ORDER BY first DESC, row DESC LIMIT ?3"
        )
    };
}

impl Store {
    /// One transaction for all; renews the port. `owner` `None`: the server's own (a notice).
    ///
    /// # Errors
    /// `NotFound("login")`; `NotFound("port")` when the port is not the owner's; `NotFound("conversation")`
    /// when one leads into a conversation that is not there or not the owner's.
    pub async fn add_mails(
        &self,
        owner: Option<LoginId>,
        port: Port,
        mails: Vec<NewMail>,
        now: Time,
    ) -> Result<Vec<KeptMail>> {
        self.write(move |db| {
            let number = owner.as_ref().map(|login| db.login_number(login)).transpose()?;
            if let Some(number) = number {
                db.renew_port(port, number, now)?;
            }
            let mut row = db.last_mail()?;
            let mut kept = Vec::with_capacity(mails.len());
            for mail in &mails {
                if let Some(into) = &mail.into {
                    db.check_into(into, owner.as_ref())?;
                }
                row += 1;
                let named = db.add_mail(row, number, port, mail, now)?;
                kept.push(KeptMail { row: unsigned(row), named });
            }
            Ok(kept)
        })
        .await
    }

    /// By its number; `None` also when its sender was deleted or its time is long over.
    pub async fn mail(&self, row: u64) -> Result<Option<MailRow>> {
        self.read(move |db| db.mail(row)).await
    }

    /// The address at one place of a mail.
    pub async fn recipient(&self, row: u64, recipient: u32) -> Result<Option<String>> {
        self.read(move |db| db.recipient(row, recipient)).await
    }

    /// The conversation that an answer to one of these Message-IDs (the nearest first) by `by` to `recipient`
    /// belongs to: `by` is one side of it, `recipient` the other side's address, and one of the mails led
    /// to it or into it.
    pub async fn conversation_answered(
        &self,
        by: LoginId,
        message_ids: Vec<String>,
        recipient: String,
    ) -> Result<Option<Conversation>> {
        self.read(move |db| {
            for id in &message_ids {
                if let Some(found) = db.conversation_answered(&by, id, recipient.trim())? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
        .await
    }
}

impl Db<'_> {
    /// The highest number any mail ever had.
    pub(super) fn last_mail(&self) -> Result<i64> {
        let last = "SELECT /* all */ seq FROM sqlite_sequence WHERE name = 'mail'";
        Ok(self.one(last, [], |row| Ok(row.get(0)?))?.unwrap_or(0))
    }

    /// The Message-ID that was made for it, if it came without one.
    pub(super) fn add_mail(
        &self,
        row: i64,
        owner: Option<i64>,
        port: Port,
        mail: &NewMail,
        now: Time,
    ) -> Result<Option<String>> {
        let named = match (&mail.message_id, &mail.domain) {
            (None, Some(domain)) => Some(named(row, domain)?),
            _ => None,
        };
        let name = row.to_string();
        let seal = |column, text: &Option<String>| {
            text.as_ref().map(|text| self.keys.seal(column, &name, text)).transpose()
        };
        let add = "INSERT INTO mail (row, owner, port, message_id, message_index, subject, into_id, created,
                                     named)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.run(
            add,
            params![
                row,
                owner,
                port.get(),
                seal("mail.message_id", &mail.message_id)?,
                mail.message_id.as_ref().map(|id| self.keys.index("mail.message_id", id)),
                seal("mail.subject", &mail.subject)?,
                mail.into.as_ref().map(ConversationId::as_str),
                now.0,
                named
            ],
        )?;
        for (place, address) in mail.recipients.iter().enumerate() {
            let sealed = self.keys.seal("recipient.address", &format!("{row}/{place}"), address.trim())?;
            let add = "INSERT INTO recipient (mail, place, address) VALUES (?1, ?2, ?3)";
            self.run(add, params![row, signed(place as u64), sealed])?;
        }
        Ok(named)
    }

    /// Nobody leads others into a conversation that is not their own.
    fn check_into(&self, into: &ConversationId, owner: Option<&LoginId>) -> Result<()> {
        let conversation = self.conversation(into)?;
        let fits = conversation.is_some_and(|conversation| {
            owner.is_none_or(|owner| conversation.side_of(&Party::Login(owner.clone())).is_some())
        });
        if fits { Ok(()) } else { Err(StoreError::NotFound("conversation")) }
    }

    pub(super) fn mail(&self, row: u64) -> Result<Option<MailRow>> {
        let find = "SELECT m.row, l.name, m.port, m.message_id, m.subject, m.into_id, m.named
                    FROM mail m LEFT JOIN login l ON l.row = m.owner WHERE m.row = ?1";
        self.one(find, [signed(row)], |row| self.mail_row(row))
    }

    fn mail_row(&self, row: &Row<'_>) -> Result<MailRow> {
        let damaged = |_| StoreError::Damaged("mail");
        let number: i64 = row.get(0)?;
        let into: Option<String> = row.get(5)?;
        Ok(MailRow {
            row: unsigned(number),
            owner: row.get::<_, Option<String>>(1)?.map(read_login).transpose()?,
            port: Port::try_from(row.get::<_, u32>(2)?).map_err(|_| StoreError::Damaged("mail.port"))?,
            message_id: match row.get(6)? {
                Some(named) => Some(named),
                None => self.mail_words("mail.message_id", number, row.get(3)?)?,
            },
            subject: self.mail_words("mail.subject", number, row.get(4)?)?,
            into: into.map(ConversationId::try_from).transpose().map_err(damaged)?,
        })
    }

    /// Opens a sealed column of a mail.
    pub(super) fn mail_words(
        &self,
        column: &'static str,
        mail: i64,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<String>> {
        sealed.map(|sealed| self.keys.unseal(column, &mail.to_string(), &sealed)).transpose()
    }

    pub(super) fn recipient(&self, mail: u64, place: u32) -> Result<Option<String>> {
        let find = "SELECT address FROM recipient WHERE mail = ?1 AND place = ?2";
        let sealed: Option<Vec<u8>> = self
            .sql
            .prepare_cached(find)?
            .query_row(params![signed(mail), place], |row| row.get(0))
            .optional()?;
        match sealed {
            Some(sealed) => {
                self.keys.unseal("recipient.address", &format!("{mail}/{place}"), &sealed).map(Some)
            }
            // A campaign's recipients are members, their places the members' numbers.
            None if self.delivery(signed(mail), place)?.is_some() => {
                Ok(self.addressee(place)?.map(|addressee| addressee.mail))
            }
            None if place == SAMPLE
                && self.any("SELECT 1 FROM campaign WHERE mail = ?1", [signed(mail)])? =>
            {
                Ok(Some("preview".to_owned()))
            }
            None => Ok(None),
        }
    }

    fn conversation_answered(
        &self,
        by: &LoginId,
        message_id: &str,
        recipient: &str,
    ) -> Result<Option<Conversation>> {
        let Some(number) = self.login(by)?.map(|row| signed(row.row)) else { return Ok(None) };
        if let Some((mail, member)) = self.delivery_named(message_id) {
            let find = "SELECT id FROM conversation WHERE mail = ?1 AND recipient = ?2
                        AND ?3 IN (owner, peer_login) ORDER BY first DESC, row DESC LIMIT ?4";
            let which = params![signed(mail), member, number, CANDIDATES];
            let ids: Vec<String> = self.all(find, which, |row| Ok(row.get(0)?))?;
            return self.answered(by, ids, recipient);
        }
        if let Some(mail) = self.mail_named(message_id)? {
            let ids =
                self.all(led!("m.row = ?1"), params![mail, number, CANDIDATES], |row| Ok(row.get(0)?))?;
            return self.answered(by, ids, recipient);
        }
        for index in self.keys.indexes("mail.message_id", message_id) {
            let which = params![index, number, CANDIDATES];
            let ids: Vec<String> = self.all(led!("m.message_index = ?1"), which, |row| Ok(row.get(0)?))?;
            let found = self.answered(by, ids, recipient)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The mail of a Message-ID that we made.
    fn mail_named(&self, message_id: &str) -> Result<Option<i64>> {
        let Some(row) = message_id.strip_prefix(OURS).and_then(|rest| rest.split_once('.')) else {
            return Ok(None);
        };
        let Ok(row) = row.0.parse::<i64>() else { return Ok(None) };
        let find = "SELECT row FROM mail WHERE row = ?1 AND named = ?2";
        self.one(find, params![row, message_id], |row| Ok(row.get(0)?))
    }

    /// The first of these conversations in which `by` is one side and `recipient` the other side's address.
    fn answered(&self, by: &LoginId, ids: Vec<String>, recipient: &str) -> Result<Option<Conversation>> {
        for id in ids {
            let id = ConversationId::try_from(id).map_err(|_| StoreError::Damaged("conversation.id"))?;
            let Some(conversation) = self.conversation(&id)? else { continue };
            let Some(side) = conversation.side_of(&Party::Login(by.clone())) else { continue };
            if self.has_address(&conversation, side.other(), recipient)? {
                return Ok(Some(conversation));
            }
        }
        Ok(None)
    }

    /// Whether `address` is that of one side: its login's confirmed one, or the one its mail went to.
    pub(super) fn has_address(&self, conversation: &Conversation, side: Side, address: &str) -> Result<bool> {
        let same = |other: &str| other.to_lowercase() == address.to_lowercase();
        if let Some(login) = conversation.party(side).login()
            && self.login(login)?.is_some_and(|row| row.verified && same(&row.mail))
        {
            return Ok(true);
        }
        match (side, conversation.mail) {
            (Side::Peer, Some((mail, place))) => Ok(self.recipient(mail, place)?.is_some_and(|to| same(&to))),
            _ => Ok(false),
        }
    }
}

/// A mail's Message-ID: its number, and chance, so that nobody guesses another's.
fn named(row: i64, domain: &str) -> Result<String> {
    let chance = secret::drawn::<8>().map_err(|why| StoreError::File(why.to_string()))?;
    Ok(format!("{OURS}{row}.{}@{domain}", hex(&chance)))
}
