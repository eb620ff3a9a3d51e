//! Templates that people write: a small, safe engine. No file, no environment; what a template may cost is bounded, and a
//! name that is not there is an error, not an empty space in a mail.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::layout;
use crate::wire::promotion::Ad;

/// Steps of the engine for one template.
const FUEL: u64 = 200_000;
/// Bytes that one template may write.
const OUTPUT: usize = 512 << 10;
/// Calls inside each other.
const DEPTH: usize = 20;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
#[error("{part}: {why}")]
pub struct BadTemplate {
    part: &'static str,
    why: String,
}

/// An ad's templates, read.
pub(super) struct Templates {
    engine: Environment<'static>,
    has_text: bool,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("has_text", &self.has_text).finish_non_exhaustive()
    }
}

/// What templates gave.
pub(super) struct Rendered {
    pub subject: String,
    pub text: Option<String>,
    pub html: String,
}

impl Templates {
    /// Reads an ad's templates; `subject` instead of its title, if there is one. An ad without HTML gets ours.
    pub(super) fn of(ad: &Ad, subject: Option<&str>) -> Result<Self, BadTemplate> {
        let mut engine = Environment::new();
        engine.remove_global("debug");
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.set_recursion_limit(DEPTH);
        engine.set_auto_escape_callback(
            |name| if name == "html" { AutoEscape::Html } else { AutoEscape::None },
        );
        let mut add = |part: &'static str, source: String| {
            engine.add_template_owned(part, source).map_err(|error| bad(part, &error))
        };
        add("title", ad.title.clone())?;
        add("subject", subject.unwrap_or(&ad.title).to_owned())?;
        let text = ad.text.clone().filter(|text| !text.trim().is_empty());
        let has_text = text.is_some();
        if let Some(text) = text {
            add("text", text)?;
        }
        let html = ad.html.clone().filter(|html| !html.trim().is_empty());
        add("html", html.unwrap_or_else(|| layout::of_text(ad.text.as_deref().unwrap_or_default())))?;
        Ok(Self { engine, has_text })
    }

    pub(super) fn render(&self, values: &Value) -> Result<Rendered, BadTemplate> {
        // The title is a template of its own, and a value for the others.
        let title = self.one("title", values)?;
        let values = &context! { title, ..values.clone() };
        Ok(Rendered {
            subject: self.one("subject", values)?,
            text: if self.has_text { Some(self.one("text", values)?) } else { None },
            html: self.one("html", values)?,
        })
    }

    fn one(&self, part: &'static str, values: &Value) -> Result<String, BadTemplate> {
        let template = self.engine.get_template(part).map_err(|error| bad(part, &error))?;
        let mut out = Bounded(Vec::new());
        template.render_captured_to(values, &mut out).map_err(|error| bad(part, &error))?;
        String::from_utf8(out.0).map_err(|_| BadTemplate { part, why: "not UTF-8".to_owned() })
    }
}

/// Takes so much and no more.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT {
            return Err(std::io::Error::other(format!("writes more than {OUTPUT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn bad(part: &'static str, error: &minijinja::Error) -> BadTemplate {
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        why = format!("{why}: {cause}");
        source = cause.source();
    }
    if why.contains("undefined value") {
        why.push_str(
            "; there are name, locale, title, company, price, link, picture, postal, language, chat_link, \
             unsubscribe_link",
        );
    }
    BadTemplate { part, why }
}
