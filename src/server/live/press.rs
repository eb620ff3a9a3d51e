//! What a `chat` ticket opens for one connection. Showing it in `hello` changes nothing; an invite or a line is the
//! press, which decides who was first and makes the conversation.

use crate::{
    call::Party,
    server::{
        Problem, Shared,
        security::{presses::Opens, ticket},
    },
    store::{Press, StoreError},
    wire::{
        Code, ConversationId, LoginId, Port, SecretHash, Ticket, Time,
        frame::Knock,
        ticket::{Action, Claims},
    },
};

/// A ticket that was shown, and who shows it.
#[derive(Debug, Clone)]
pub struct Opened {
    claims: Claims,
    presser: Party,
    /// Where it leads, or will lead once it is pressed.
    pub conversation: ConversationId,
}

impl Opened {
    /// What a shown `chat` ticket opens: as the login if its confirmed address is the recipient's (or it is a side of
    /// the conversation that the mail leads into), else as the guest.
    ///
    /// # Errors
    /// Why the ticket opens nothing.
    pub async fn shown(
        shared: &Shared,
        shown: &Ticket,
        login: Option<&LoginId>,
        guest: Option<SecretHash>,
        now: Time,
    ) -> Result<Self, Problem> {
        let checked = ticket::check(&shared.store, shown, Action::Chat, now).await?;
        let presser = presser(shared, &checked, login, guest).await?;
        Self::new(shared, checked.claims, presser).await
    }

    /// What a `live` ticket opens: a page pressed a moment ago.
    ///
    /// # Errors
    /// When the press is too old, or somebody else's.
    pub async fn pressed(
        shared: &Shared,
        live: &Ticket,
        login: Option<&LoginId>,
        guest: Option<SecretHash>,
        now: Time,
    ) -> Result<Self, Problem> {
        let claims = ticket::ours(&shared.store, live, Action::Live)?;
        let expired = || Problem::new(Code::Expired, "the press is over a minute old: press again");
        let Some(Opens::Press(pressed)) = shared.security.pressed.take(claims.mail, now) else {
            return Err(expired());
        };
        let mine = match &pressed.presser {
            Party::Guest(hash) => guest == Some(*hash),
            Party::Login(name) => login == Some(name),
        };
        if !mine {
            return Err(Problem::new(Code::BadTicket, "somebody else pressed that"));
        }
        Self::new(shared, pressed.chat, pressed.presser).await
    }

    async fn new(shared: &Shared, claims: Claims, presser: Party) -> Result<Self, Problem> {
        let found = shared.store.pressed(claims.mail, claims.recipient, presser.clone()).await;
        let conversation = match found.map_err(not_for_you)? {
            Some(press) => press.conversation.id,
            None => name(shared, &claims, &presser),
        };
        Ok(Self { claims, presser, conversation })
    }

    /// Where it leads, if it was pressed before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn found(&self, shared: &Shared) -> Result<Option<Press>, Problem> {
        let (mail, recipient) = (self.claims.mail, self.claims.recipient);
        let found = shared.store.pressed(mail, recipient, self.presser.clone()).await.map_err(not_for_you)?;
        Ok(found.map(|press| self.judged(press, Time::now())))
    }

    /// Presses. The ticket is checked anew: its sender may have withdrawn it since it was shown.
    ///
    /// # Errors
    /// Why it leads nowhere any more.
    pub async fn press(&self, shared: &Shared, now: Time) -> Result<Press, Problem> {
        ticket::recheck(&shared.store, self.claims, now).await?;
        let id = Some(self.conversation.clone());
        let (mail, recipient, may_own) = (self.claims.mail, self.claims.recipient, self.claims.expires > now);
        let done = shared.store.press_as(mail, recipient, self.presser.clone(), id, may_own, now).await;
        Ok(self.judged(done.map_err(not_for_you)?, now))
    }

    fn judged(&self, mut press: Press, now: Time) -> Press {
        if self.claims.expires <= now {
            press.knock = Some(Knock::ExpiredTicket);
        }
        press
    }

    /// What the other side sees as the presser's name, if it is a guest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn guest_name(&self, shared: &Shared) -> Result<Option<String>, Problem> {
        match self.presser {
            Party::Login(_) => Ok(None),
            Party::Guest(_) => Ok(shared.store.recipient(self.claims.mail, self.claims.recipient).await?),
        }
    }
}

fn not_for_you(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound(_) => {
            let words = "this button is not for you: it is your own, or in a notice to somebody";
            Problem::new(Code::Forbidden, words)
        }
        other => other.into(),
    }
}

/// The id of a conversation that is not made yet: the same for the same presser, and nobody else can guess it.
fn name(shared: &Shared, claims: &Claims, presser: &Party) -> ConversationId {
    let stamp = shared.store.sign(Claims {
        action: Action::Mark,
        key: 0,
        expires: Time(0),
        port: Port::at_least_one(1),
        mail: claims.mail,
        recipient: claims.recipient,
    });
    let who = match presser {
        Party::Login(login) => login.as_str().to_owned(),
        Party::Guest(hash) => hash.0.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    ConversationId::of(&format!("{stamp}/{who}"))
}

async fn presser(
    shared: &Shared,
    checked: &ticket::Checked,
    login: Option<&LoginId>,
    guest: Option<SecretHash>,
) -> Result<Party, Problem> {
    if let Some(login) = login
        && is_for(shared, checked, login).await?
        && !owns(shared, checked, guest).await?
    {
        return Ok(Party::Login(login.clone()));
    }
    let words = "this mail went to another address than your login's confirmed one: say a guest secret too";
    guest.map(Party::Guest).ok_or_else(|| Problem::new(Code::BadRequest, words))
}

/// Whether the guest was the first to press this already, before the login's address was confirmed.
async fn owns(
    shared: &Shared,
    checked: &ticket::Checked,
    guest: Option<SecretHash>,
) -> Result<bool, Problem> {
    let Some(guest) = guest.map(Party::Guest) else { return Ok(false) };
    match shared.store.pressed(checked.claims.mail, checked.claims.recipient, guest).await {
        Ok(found) => Ok(found.is_some_and(|press| press.conversation.first)),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn is_for(shared: &Shared, checked: &ticket::Checked, login: &LoginId) -> Result<bool, Problem> {
    if let Some(into) = &checked.mail.into
        && let Some(conversation) = shared.store.conversation(into.clone()).await?
        && conversation.side_of(&Party::Login(login.clone())).is_some()
    {
        return Ok(true);
    }
    let recipient = shared.store.recipient(checked.claims.mail, checked.claims.recipient).await?;
    let Some(row) = shared.store.login(login.clone()).await? else { return Ok(false) };
    Ok(row.verified && recipient.is_some_and(|address| address.trim().eq_ignore_ascii_case(row.mail.trim())))
}
