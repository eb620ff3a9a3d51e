//! The session of a browser that signed in: its cookie, and the proof that a page of ours asks.
//!
//! The cookie's secret is a device's, but hashed apart: as a Bearer token, or in `hello`, it is worth nothing, and a
//! token is worth nothing as a cookie.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{
    server::{Problem, PublicUrl, Shared},
    store::{BROWSER_KEPT, DeviceRow},
    wire::{Code, Secret, SecretHash, Time, time::SECOND},
};

/// The cookie on plain HTTP.
const NAME: &str = "ch";
/// Over TLS: a browser takes this name only from this very host, for all of it, and sends it back over TLS only
/// (RFC 6265bis §4.1.3.2).
const HOST_NAME: &str = "__Host-ch";
/// Cookies of ours that are looked at, should a browser send several.
const COOKIES: usize = 4;

/// What the server keeps of a cookie's secret.
#[must_use]
pub fn hash(secret: &Secret) -> SecretHash {
    SecretHash::of(format!("browser {}", String::from(secret.clone())).as_bytes())
}

fn is_https(public: &PublicUrl) -> bool {
    public.as_str().starts_with("https:")
}

fn name(public: &PublicUrl) -> &'static str {
    if is_https(public) { HOST_NAME } else { NAME }
}

fn field(public: &PublicUrl, value: &str, secs: i64) -> Option<HeaderValue> {
    let name = name(public);
    let secure = if is_https(public) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={secs}; HttpOnly; SameSite=Strict{secure}");
    let mut field = HeaderValue::try_from(text).ok()?;
    field.set_sensitive(true);
    Some(field)
}

/// `Set-Cookie` of a browser that is signed in; said again at each use, so that it ends 30 days after the last.
#[must_use]
pub fn cookie(public: &PublicUrl, secret: &Secret) -> Option<HeaderValue> {
    field(public, &String::from(secret.clone()), BROWSER_KEPT / SECOND)
}

/// `Set-Cookie` of one that signed out.
#[must_use]
pub fn no_cookie(public: &PublicUrl) -> Option<HeaderValue> {
    field(public, "", 0)
}

/// The secrets of our cookies in a request (RFC 6265 §5.4).
fn secrets(public: &PublicUrl, headers: &HeaderMap) -> impl Iterator<Item = Secret> {
    let name = name(public);
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .filter_map(|value| Secret::try_from(value.to_owned()).ok())
        .take(COOKIES)
}

/// Whether a page of another site asks, as far as the browser says: with `Origin` (RFC 6454 §7), or with
/// `Sec-Fetch-Site` (none: the person did it themselves). Tools say neither.
#[must_use]
pub fn is_foreign(public: &PublicUrl, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN);
    let site = headers.get("sec-fetch-site");
    origin.is_some_and(|origin| !is_ours(public, origin))
        || site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// Whether the browser vouches that a page of ours asks. What comes with a cookie needs it.
fn is_from_our_page(public: &PublicUrl, headers: &HeaderMap) -> bool {
    let vouched = headers.get(header::ORIGIN).is_some_and(|origin| is_ours(public, origin))
        || headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin");
    vouched && !is_foreign(public, headers)
}

fn is_ours(public: &PublicUrl, origin: &HeaderValue) -> bool {
    origin.as_bytes().eq_ignore_ascii_case(public.origin().as_bytes())
}

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// What its cookie holds.
    pub secret: Secret,
    /// The device it is, and so the login.
    pub device: DeviceRow,
}

/// Who asks with a cookie, from a page of ours.
///
/// # Errors
/// `forbidden` without the proof that a page of ours asks, `unauthorized` without a session; what the store says.
pub async fn session(shared: &Shared, headers: &HeaderMap, now: Time) -> Result<Session, Problem> {
    if !is_from_our_page(&shared.public, headers) {
        return Err(Problem::new(Code::Forbidden, "only a page of this server may ask this"));
    }
    for secret in secrets(&shared.public, headers) {
        if let Some(device) = shared.store.browser(hash(&secret), now).await? {
            shared.store.saw_device(device.id.clone(), now).await?;
            return Ok(Session { secret, device });
        }
    }
    Err(Problem::new(Code::Unauthorized, "this browser is not signed in, or no longer"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host_and_secure() {
        let secret = Secret::generate().unwrap();
        let field = |url: &str| cookie(&url.parse().unwrap(), &secret).unwrap().to_str().unwrap().to_owned();
        let value = String::from(secret.clone());
        assert_eq!(
            field("https://ch.example.org"),
            format!("__Host-ch={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure")
        );
        assert_eq!(
            field("http://127.0.0.1:4460"),
            format!("ch={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict")
        );
        let gone = no_cookie(&"https://ch.example.org".parse().unwrap()).unwrap();
        assert!(gone.to_str().unwrap().starts_with("__Host-ch=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn our_cookie_is_found_among_others_and_only_by_its_name() {
        let (secret, public) = (Secret::generate().unwrap(), "https://ch.example.org".parse().unwrap());
        let value = String::from(secret.clone());
        let found = |cookies: &str| secrets(&public, &headers(&[("cookie", cookies)])).count();
        assert_eq!(found(&format!("a=b; __Host-ch={value};c=d")), 1);
        assert_eq!(found(&format!("ch={value}")), 0, "one without the prefix may be anybody's");
        assert_eq!(found(&format!("x__Host-ch={value}")), 0);
        assert_eq!(found("__Host-ch=; __Host-ch; ="), 0);
        assert_eq!(found(&format!("__Host-ch={value};").repeat(50)), COOKIES);
    }

    #[test]
    fn a_page_of_ours_is_vouched_for_by_the_browser() {
        let public: PublicUrl = "https://ch.example.org".parse().unwrap();
        for (fields, ours, foreign) in [
            (&[("origin", "https://ch.example.org")][..], true, false),
            (&[("origin", "https://ch.example.org"), ("sec-fetch-site", "same-origin")], true, false),
            (&[("sec-fetch-site", "same-origin")], true, false),
            (&[("sec-fetch-site", "none")], false, false),
            (&[], false, false),
            (&[("origin", "null")], false, true),
            (&[("origin", "https://evil.example")], false, true),
            (&[("origin", "https://ch.example.org:444")], false, true),
            (&[("origin", "http://ch.example.org")], false, true),
            (&[("sec-fetch-site", "same-site")], false, true),
            (&[("sec-fetch-site", "cross-site")], false, true),
            (&[("origin", "https://ch.example.org"), ("sec-fetch-site", "cross-site")], false, true),
        ] {
            let headers = headers(fields);
            assert_eq!(is_from_our_page(&public, &headers), ours, "{fields:?}");
            assert_eq!(is_foreign(&public, &headers), foreign, "{fields:?}");
        }
    }

    #[test]
    fn a_cookies_secret_is_no_token() {
        let secret = Secret::generate().unwrap();
        assert!(hash(&secret) != secret.hash());
    }
}
