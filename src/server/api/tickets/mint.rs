//! From mails to tickets: one transaction for a group of mails, a `ticket` record for each recipient.

use crate::{
    call::Party,
    server::{Problem, Shared, security::ticket},
    store::{KeptMail, NewMail, StoreError},
    wire::{
        self, Code, ConversationId, LoginId, Port, Record, Ticket, Time,
        ask::Mint,
        limits,
        record::TicketRecord,
        ticket::{Action, Claims},
    },
};

/// Message-IDs looked at to find what a mail answers, the nearest last.
const ANSWERED: usize = 20;

/// Mints for one login.
pub struct Minter {
    shared: Shared,
    login: LoginId,
    port: Port,
    /// Where mails have their names that came without one.
    domain: String,
}

/// What becomes of one line.
enum Slot {
    /// Its mail's place in the transaction.
    Mail(usize, Mint),
    Bad(Problem),
}

/// Reads and checks one line.
pub fn parse(line: Result<Vec<u8>, Problem>) -> Result<Mint, Problem> {
    let bad = |message: String| Err(Problem::new(Code::BadRequest, message));
    let line = line?;
    let mut ask: Mint = match serde_json::from_slice(&line) {
        Ok(ask) => ask,
        Err(error) => return bad(format!("the line: {error}")),
    };
    if ask.to.is_empty() || ask.to.len() > limits::RECIPIENTS {
        return bad(format!("a mail has 1 to {} recipients", limits::RECIPIENTS));
    }
    if let Some(to) = ask.to.iter().find(|to| !is_address(to)) {
        return bad(format!("{to:?} is not a mail address"));
    }
    if ask.message_id.as_ref().is_some_and(|id| id.len() > limits::MESSAGE_ID) {
        return bad(format!("a Message-ID has at most {} bytes", limits::MESSAGE_ID));
    }
    if let Some(subject) = &mut ask.subject {
        subject.truncate(subject.floor_char_boundary(limits::SUBJECT));
    }
    let nearest = ask.in_reply_to.len().saturating_sub(ANSWERED);
    ask.in_reply_to.drain(..nearest);
    Ok(ask)
}

/// Whoever is mailed is only a key here; what may stand in a mail is the composer's to say.
fn is_address(text: &str) -> bool {
    text.len() <= limits::ADDRESS
        && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

impl Minter {
    /// With the login's current port, renewed.
    pub async fn new(shared: Shared, login: LoginId, now: Time) -> Result<Self, Problem> {
        let port = shared.store.assign_port(login.clone(), false, now).await?.port;
        let domain = shared.public.mail_domain();
        Ok(Self { shared, login, port, domain })
    }

    /// The answer to a group of lines: their records, in order.
    pub async fn mint(&self, group: Vec<Result<Mint, Problem>>, now: Time) -> String {
        let mut mails = Vec::with_capacity(group.len());
        let mut slots = Vec::with_capacity(group.len());
        for ask in group {
            slots.push(match self.mail(ask, now).await {
                Ok((ask, mail)) => {
                    mails.push(mail);
                    Slot::Mail(mails.len() - 1, ask)
                }
                Err(problem) => Slot::Bad(problem),
            });
        }
        let stored = if mails.is_empty() {
            Ok(Vec::new())
        } else {
            self.shared.store.add_mails(Some(self.login.clone()), self.port, mails, now).await
        };
        self.answer(slots, stored.map_err(Problem::from), now)
    }

    /// The row to store for a line.
    async fn mail(&self, ask: Result<Mint, Problem>, now: Time) -> Result<(Mint, NewMail), Problem> {
        let ask = ask?;
        let into = self.into(&ask, now).await?;
        let mail = NewMail {
            recipients: ask.to.clone(),
            message_id: ask.message_id.clone(),
            domain: ask.unnamed.then(|| self.domain.clone()),
            subject: ask.subject.clone(),
            into,
        };
        Ok((ask, mail))
    }

    /// The conversation that an answer by mail belongs to. A mail to several people leads nobody into a
    /// conversation of two.
    async fn into(&self, ask: &Mint, now: Time) -> Result<Option<ConversationId>, Problem> {
        let [recipient] = &ask.to[..] else { return Ok(None) };
        if let Some(ticket) = &ask.reply_ticket
            && let Some(conversation) = self.of_ticket(ticket, now).await?
        {
            return Ok(Some(conversation));
        }
        if ask.in_reply_to.is_empty() {
            return Ok(None);
        }
        let ids = ask.in_reply_to.clone();
        let found =
            self.shared.store.conversation_answered(self.login.clone(), ids, recipient.clone()).await?;
        Ok(found.map(|conversation| conversation.id))
    }

    /// Where the button of the mail that is answered leads this login: the conversation it is a party of, or the
    /// one that a press of its confirmed address opens. Nobody else's conversation; an expired button still does.
    async fn of_ticket(&self, ticket: &Ticket, now: Time) -> Result<Option<ConversationId>, Problem> {
        let store = &self.shared.store;
        let found = ticket::inspect(store, ticket, Action::Chat, now).await?;
        let Claims { mail, recipient, .. } = found.checked.claims;
        if found.checked.mail.owner.as_ref() == Some(&self.login) {
            return Ok(None);
        }
        let me = Party::Login(self.login.clone());
        if let Some(into) = found.checked.mail.into
            && let Some(conversation) = store.conversation(into).await?
            && conversation.side_of(&me).is_some()
        {
            return Ok(Some(conversation.id));
        }
        let Some(address) = store.recipient(mail, recipient).await? else { return Ok(None) };
        if store.login_by_mail(address).await?.as_ref() != Some(&self.login) {
            return Ok(None);
        }
        match store.press(mail, recipient, me, now).await {
            Ok(press) => Ok(Some(press.conversation.id)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn answer(&self, slots: Vec<Slot>, kept: Result<Vec<KeptMail>, Problem>, now: Time) -> String {
        let mut text = String::new();
        for slot in slots {
            match (slot, &kept) {
                (Slot::Bad(problem), _) => text.push_str(&problem.to_line()),
                (Slot::Mail(..), Err(problem)) => text.push_str(&problem.to_line()),
                (Slot::Mail(place, ask), Ok(kept)) => match kept.get(place) {
                    Some(mail) => self.records(&mut text, ask, mail, now),
                    None => text.push_str(&Problem::internal(&"fewer mail rows than mails").to_line()),
                },
            }
        }
        text
    }

    fn records(&self, text: &mut String, ask: Mint, mail: &KeptMail, now: Time) {
        let message_id = ask.message_id.as_ref().or(mail.named.as_ref());
        for (recipient, to) in (0..).zip(ask.to) {
            let ticket = self.shared.store.sign(Claims {
                action: Action::Chat,
                key: 0,
                expires: now.plus(Action::Chat.lifetime()),
                port: self.port,
                mail: mail.row,
                recipient,
            });
            let record = Record::Ticket(TicketRecord {
                reference: ask.reference.clone(),
                to,
                message_id: message_id.cloned(),
                port: self.port,
                url: self.shared.public.link(&ticket),
                expires: ticket.claims().expires,
                ticket,
            });
            match wire::to_line(&record) {
                Ok(line) => text.push_str(&line),
                Err(error) => text.push_str(&Problem::internal(&error).to_line()),
            }
        }
    }
}
