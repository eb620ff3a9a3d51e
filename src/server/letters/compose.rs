//! A letter as a finished mail: what is owed, looked up, put into words.

use super::words::{Words, fill, language};
use crate::{
    mail::{
        address::Address,
        chat_line::Lang,
        compose::{Button, ComposeError, Draft, compose},
        mailbox::Mailbox,
        message_id::MessageId,
        text::Unstructured,
    },
    server::{Problem, Shared, api::join::JOINS},
    store::{Letter, LetterRow, LoginRow},
    wire::{
        LoginId, Port, Ticket, Time,
        ticket::{Action, Claims},
    },
};

/// A mail that is ready to go.
#[derive(Debug)]
pub struct Finished {
    /// For whom.
    pub to: Address,
    /// The message.
    pub bytes: Vec<u8>,
}

/// Why a letter cannot be finished.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// What the store says: later it may be otherwise.
    #[error("{}", .0.0.message)]
    Store(Problem),
    /// It cannot be written as a mail.
    #[error("{0}")]
    Compose(#[from] ComposeError),
}

impl<E: Into<Problem>> From<E> for LetterError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// The text of a letter, before it is a mail.
pub(super) struct Text {
    pub to: Address,
    pub lang: Lang,
    pub subject: String,
    pub text: String,
    pub reply_to: Option<Address>,
    pub answers: Option<MessageId>,
    pub button: Option<crate::wire::record::Chat>,
}

/// The finished mail; `None` when it is no longer owed: the address was confirmed meanwhile, the notice seen, the
/// login deleted.
///
/// # Errors
/// [`LetterError`]; the store's may pass.
pub async fn finish(
    shared: &Shared,
    from: Mailbox,
    letter: &LetterRow,
    now: Time,
) -> Result<Option<Finished>, LetterError> {
    let Some(id) = message_id(shared, letter.row) else { return Ok(None) };
    let text = match &letter.letter {
        Letter::Confirm { login } => confirm(shared, login, now).await?,
        Letter::Recover { login, code } => recover(shared, login, code).await?,
        Letter::SignIn { login, lang } => sign_in(shared, login, lang.as_deref(), letter.row, now).await?,
        Letter::AddressTaken { owner, login } => address_taken(shared, owner, login).await?,
        Letter::Join { joining } => join(shared, *joining, now).await?,
        Letter::Notice { notice } => super::notice::text(shared, notice.clone(), &id, now).await?,
    };
    let Some(Text { to, lang, subject, text, reply_to, answers, button }) = text else { return Ok(None) };
    let mut draft = Draft::new(from, vec![to.clone().into()], id, now);
    draft.subject = Some(Unstructured::lossy(&subject));
    draft.text = Some(text);
    draft.reply_to = reply_to.into_iter().map(Mailbox::from).collect();
    draft.references = answers.iter().cloned().collect();
    draft.in_reply_to = answers.into_iter().collect();
    draft.auto_submitted = true;
    draft.button = button.map(|chat| Button { chat, line: Some(lang) });
    Ok(Some(Finished { to, bytes: compose(&draft)? }))
}

/// The same for every try of a letter, so that a double is recognised; nobody else can guess it.
fn message_id(shared: &Shared, row: u64) -> Option<MessageId> {
    let stamp = shared.store.sign(Claims {
        action: Action::Mark,
        key: 0,
        expires: Time(0),
        port: Port::at_least_one(1),
        mail: row,
        recipient: 0,
    });
    let stamp = stamp.to_string();
    // The end of a ticket is its signature.
    let (_, signature) = stamp.split_at_checked(stamp.len().checked_sub(20)?)?;
    format!("letter-{row}-{signature}@{}", shared.public.mail_domain()).parse().ok()
}

async fn row(shared: &Shared, login: &LoginId) -> Result<Option<LoginRow>, LetterError> {
    Ok(shared.store.login(login.clone()).await?)
}

/// A ticket for a login, not for a mail: it names the login's row, and tells apart what `number` tells apart.
fn ticket(shared: &Shared, action: Action, login: &LoginRow, number: u32, now: Time) -> Ticket {
    shared.store.sign(Claims {
        action,
        key: 0,
        expires: now.plus(action.lifetime()),
        port: Port::at_least_one(1),
        mail: login.row,
        recipient: number,
    })
}

async fn confirm(shared: &Shared, login: &LoginId, now: Time) -> Result<Option<Text>, LetterError> {
    let Some(row) = row(shared, login).await?.filter(|row| !row.verified) else { return Ok(None) };
    let ticket = ticket(shared, Action::Confirm, &row, 0, now);
    let link = format!("{}/confirm?t={ticket}", shared.public);
    let values = [("login", login.as_str()), ("server", shared.public.as_str()), ("link", &link)];
    Ok(plain(&row, |words| (words.confirm_subject, words.confirm), &values))
}

async fn recover(shared: &Shared, login: &LoginId, code: &str) -> Result<Option<Text>, LetterError> {
    let Some(row) = row(shared, login).await?.filter(|row| row.verified) else { return Ok(None) };
    let values = [("login", login.as_str()), ("server", shared.public.as_str()), ("code", code)];
    Ok(plain(&row, |words| (words.recover_subject, words.recover), &values))
}

/// A link that works once. The letter's number makes it another than that of any other letter.
async fn sign_in(
    shared: &Shared,
    login: &LoginId,
    lang: Option<&str>,
    letter: u64,
    now: Time,
) -> Result<Option<Text>, LetterError> {
    let Some(row) = row(shared, login).await?.filter(|row| row.verified) else { return Ok(None) };
    let number = u32::try_from(letter & u64::from(u32::MAX)).unwrap_or(0);
    let ticket = ticket(shared, Action::SignIn, &row, number, now);
    let link = format!("{}/sign-in?t={ticket}", shared.public);
    let values = [("login", login.as_str()), ("server", shared.public.as_str()), ("link", &link)];
    let lang = lang.and_then(|lang| lang.parse().ok());
    Ok(in_words(&row, lang, |words| (words.sign_in_subject, words.sign_in), &values))
}

/// The link that makes somebody a member; `None`: it was pressed meanwhile.
async fn join(shared: &Shared, number: u64, now: Time) -> Result<Option<Text>, LetterError> {
    let Some(joining) = shared.store.joining(number).await? else { return Ok(None) };
    let Ok(to) = joining.mail.parse::<Address>() else { return Ok(None) };
    let ticket = shared.store.sign(Claims {
        action: Action::Confirm,
        key: 0,
        expires: now.plus(Action::Confirm.lifetime()),
        port: Port::at_least_one(1),
        mail: number,
        recipient: JOINS,
    });
    let link = format!("{}/join?t={ticket}", shared.public);
    let host = shared.public.host();
    let values = [("server", host.as_str()), ("link", &link)];
    let lang = joining.lang.parse().unwrap_or_default();
    let words = Words::of(lang);
    Ok(Some(Text {
        to,
        lang,
        subject: fill(words.join_subject, &values),
        text: fill(words.join, &values),
        reply_to: None,
        answers: None,
        button: None,
    }))
}

async fn address_taken(
    shared: &Shared,
    owner: &LoginId,
    login: &LoginId,
) -> Result<Option<Text>, LetterError> {
    let Some(row) = row(shared, owner).await?.filter(|row| row.verified) else { return Ok(None) };
    let values = [("login", login.as_str()), ("server", shared.public.as_str()), ("owner", owner.as_str())];
    Ok(plain(&row, |words| (words.taken_subject, words.taken), &values))
}

/// A letter to a login's address without a button. `None`: the address is none, which registering refuses.
fn plain(
    row: &LoginRow,
    pick: impl Fn(&Words) -> (&'static str, &'static str),
    values: &[(&str, &str)],
) -> Option<Text> {
    in_words(row, None, pick, values)
}

/// The same in a language; `None`: in what the address lets guess.
fn in_words(
    row: &LoginRow,
    lang: Option<Lang>,
    pick: impl Fn(&Words) -> (&'static str, &'static str),
    values: &[(&str, &str)],
) -> Option<Text> {
    let to: Address = row.mail.parse().ok()?;
    let lang = lang.unwrap_or_else(|| language(to.as_str(), None));
    let (subject, text) = pick(Words::of(lang));
    Some(Text {
        to,
        lang,
        subject: fill(subject, values),
        text: fill(text, values),
        reply_to: None,
        answers: None,
        button: None,
    })
}
