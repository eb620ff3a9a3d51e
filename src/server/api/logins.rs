//! `/v1/logins`: register (S101), recover, delete.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    answer,
    extract::{Json, Who},
};
use crate::{
    mail::address::Address,
    server::{
        Problem, Shared,
        client::Client,
        letters,
        security::{code, counted},
    },
    store::{Letter, LoginRow, NewDevice, Registered, StoreError},
    wire::{
        Code, LoginId, Record, SecretHash, Time,
        ask::{Recover, Register},
        limits,
        record::Login,
        time::HOUR,
    },
};

/// How long a recovery code is good: it travels by mail.
const RECOVERY: i64 = HOUR;

/// `POST /v1/logins`: a new login, or one more device of one with a code. The same registration again gets the
/// same answer.
pub async fn register(
    State(shared): State<Shared>,
    client: Client,
    Json(ask): Json<Register>,
) -> Result<Response, Problem> {
    let now = Time::now();
    let device = device(&ask)?;
    let token = device.token;
    // A retry of what was done already costs nothing.
    let again = shared.store.device(token).await?.is_some_and(|known| known.login == ask.login);
    if !again {
        shared.security.registrations.take(&counted(client.0))?;
    }
    let name = device.name.clone();
    let (status, row) = match &ask.code {
        Some(code) => {
            let row = shared
                .store
                .use_code(ask.login.clone(), code::hash(code), device, now)
                .await
                .map_err(of_a_code)?;
            (if again { StatusCode::OK } else { StatusCode::CREATED }, row)
        }
        None => {
            if ask.login.is_reserved() {
                return Err(Problem::new(
                    Code::Forbidden,
                    "logins that begin with m- are the shop's to give",
                ));
            }
            match shared.store.register(ask.login, mail(ask.mail.as_deref())?, device, now).await? {
                Registered::New(row) => {
                    greet(&shared, &row, now).await?;
                    (StatusCode::CREATED, row)
                }
                Registered::Same(row) => (StatusCode::OK, row),
            }
        }
    };
    shared.store.touch(row.login.clone(), client.0.to_string(), now).await?;
    let record = login_record(&shared, row, Some(name)).await?;
    Ok(answer::object(status, &Record::Login(record)))
}

fn of_a_code(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound(_) => Problem::new(Code::NotFound, "no such code, or it was used already"),
        other => other.into(),
    }
}

fn device(ask: &Register) -> Result<NewDevice, Problem> {
    let name = ask.device.clone().unwrap_or_else(|| "device".to_owned());
    if name.is_empty() || name.len() > limits::DEVICE_NAME || name.chars().any(char::is_control) {
        let says = format!("a device's name has 1 to {} bytes on one line", limits::DEVICE_NAME);
        return Err(Problem::new(Code::BadRequest, says));
    }
    Ok(NewDevice { token: ask.token.hash(), name })
}

fn mail(text: Option<&str>) -> Result<String, Problem> {
    let text = text.ok_or_else(|| Problem::new(Code::BadRequest, "registering needs a mail address"))?;
    text.parse::<Address>()
        .map(|address| address.as_str().to_owned())
        .map_err(|why| Problem::new(Code::BadRequest, why.to_string()))
}

/// Asks the new login's address to confirm, or tells its confirmed owner that somebody used it.
async fn greet(shared: &Shared, row: &LoginRow, now: Time) -> Result<(), Problem> {
    let letter = match shared.store.login_by_mail(row.mail.clone()).await? {
        Some(owner) => Letter::AddressTaken { owner, login: row.login.clone() },
        None => Letter::Confirm { login: row.login.clone() },
    };
    // Registering does not wait for a mail, and somebody's mailbox is not ours to flood.
    if shared.sends_mail() && shared.security.letters.take(&mailbox(&row.mail)).is_ok() {
        letters::owe(shared, letter, now).await?;
    }
    Ok(())
}

/// The key under which letters to one mailbox are counted.
pub fn mailbox(address: &str) -> SecretHash {
    SecretHash::of(address.to_lowercase().as_bytes())
}

/// The `login` record of a row.
pub async fn login_record(shared: &Shared, row: LoginRow, device: Option<String>) -> Result<Login, Problem> {
    let host = shared.store.presence(row.login.clone()).await?.and_then(|presence| presence.host);
    Ok(record(shared, row, host, device))
}

/// The same when the host is known already.
pub fn record(shared: &Shared, row: LoginRow, host: Option<String>, device: Option<String>) -> Login {
    Login {
        login: row.login,
        mail: row.mail,
        verified: row.verified,
        server: shared.public.as_str().to_owned(),
        host,
        device,
    }
}

/// `POST /v1/logins/recover`: the same answer after the same time whether or not there is such a login.
pub async fn recover(
    State(shared): State<Shared>,
    client: Client,
    Json(ask): Json<Recover>,
) -> Result<StatusCode, Problem> {
    letters::possible(&shared)?;
    shared.security.registrations.take(&counted(client.0))?;
    tokio::spawn(async move {
        if let Err(problem) = send_code(&shared, ask.login, Time::now()).await {
            tracing::warn!("a recovery was not begun: {}", problem.0.message);
        }
    });
    Ok(StatusCode::ACCEPTED)
}

async fn send_code(shared: &Shared, login: LoginId, now: Time) -> Result<(), Problem> {
    let Some(row) = shared.store.login(login.clone()).await?.filter(|row| row.verified) else {
        return Ok(());
    };
    shared.security.letters.take(&mailbox(&row.mail))?;
    let code = code::make().map_err(|error| Problem::internal(&error))?;
    shared.store.add_code(login.clone(), code::hash(&code), now.plus(RECOVERY)).await?;
    letters::owe(shared, Letter::Recover { login, code }, now).await
}

/// `DELETE /v1/logins`: the own login.
pub async fn delete(State(shared): State<Shared>, who: Who) -> Result<StatusCode, Problem> {
    let (login, now) = (who.device.login, Time::now());
    shared.live.goodbye(&login, now).await?;
    shared.store.delete_login(login.clone(), now).await?;
    shared.live.revoked(&login, None);
    Ok(StatusCode::NO_CONTENT)
}
