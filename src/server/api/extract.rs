//! What handlers take: a bounded JSON body, and who asks.

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{
    server::{Problem, Shared, client::Client},
    store::DeviceRow,
    wire::{Code, Secret, Time, limits, promotion::Role},
};

/// A JSON body of at most [`limits::BODY`] bytes; no body at all is `{}`. The media type is not asked for, so
/// that `curl -d` does.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        let bytes = to_bytes(request.into_body(), limits::BODY).await.map_err(|error| {
            let too_large = std::error::Error::source(&error)
                .is_some_and(|source| source.to_string().contains("length limit"));
            if too_large {
                Problem::new(Code::TooLarge, format!("a body has at most {} bytes", limits::BODY))
            } else {
                Problem::new(Code::BadRequest, "the body broke off")
            }
        })?;
        let text = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes[..] };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| Problem::new(Code::BadRequest, format!("the body: {error}")))
    }
}

/// A device whose token the server knows.
#[derive(Debug, Clone)]
pub struct Known {
    /// The device, and so the login.
    pub device: DeviceRow,
    /// Where it is.
    pub client: Client,
}

impl FromRequestParts<Shared> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let client = Client::from_request_parts(parts, shared).await?;
        let unknown = || Problem::new(Code::Unauthorized, "no token, or one this server does not know");
        let token = bearer(&parts.headers).ok_or_else(unknown)?;
        // The look-up is by hash, so its time says nothing about tokens that are nearly right.
        let device = shared.store.device(token.hash()).await?.ok_or_else(unknown)?;
        shared.store.saw_device(device.id.clone(), Time::now()).await?;
        Ok(Self { device, client })
    }
}

/// The same, noted as the login's latest host.
#[derive(Debug, Clone)]
pub struct Who {
    /// The device, and so the login.
    pub device: DeviceRow,
}

impl FromRequestParts<Shared> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Known { device, client } = Known::from_request_parts(parts, shared).await?;
        shared.store.touch(device.login.clone(), client.0.to_string(), Time::now()).await?;
        Ok(Self { device })
    }
}

/// A device of a manager. Anybody else learns nothing: the answer is that of an address that is not there.
#[derive(Debug, Clone)]
pub struct Manager {
    /// The device, and so the login.
    pub device: DeviceRow,
}

impl FromRequestParts<Shared> for Manager {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Supplier { device, is_manager } = Supplier::from_request_parts(parts, shared).await?;
        if is_manager { Ok(Self { device }) } else { Err(Problem::not_found()) }
    }
}

/// A device of a company or of a manager.
#[derive(Debug, Clone)]
pub struct Supplier {
    /// The device, and so the login.
    pub device: DeviceRow,
    /// It may see and publish everybody's ads.
    pub is_manager: bool,
}

impl FromRequestParts<Shared> for Supplier {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Who { device } = Who::from_request_parts(parts, shared).await?;
        let roles = shared.store.roles(device.login.clone()).await?;
        let is_manager = roles.contains(&Role::Manager);
        if is_manager || roles.contains(&Role::Company) {
            Ok(Self { device, is_manager })
        } else {
            Err(Problem::not_found())
        }
    }
}

/// `Authorization: Bearer <token>` (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Secret::try_from(token.trim().to_owned()).ok()
}
