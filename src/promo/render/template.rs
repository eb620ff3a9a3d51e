//! Templates that people write: a small, safe engine. No file, no environment, nothing that repeats; a name that is not there
//! is an error when the ad is added, not an empty space in a mail.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, filters, value::Rest};

use super::gate;
use crate::wire::promotion::Ad;

/// Steps of the engine for one template, and 64 bytes of what it writes for each.
const FUEL: u64 = 50_000;
/// Bytes that one template may write.
const OUTPUT: usize = 512 << 10;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
#[error("{part}: {why}")]
pub struct BadTemplate {
    part: &'static str,
    why: String,
}

/// A template, or words that are the same in every mail.
#[derive(Debug)]
enum Part {
    Words(String),
    Template(&'static str),
}

/// An ad's templates, read.
pub(super) struct Templates {
    engine: Environment<'static>,
    title: Part,
    subject: Option<Part>,
    text: Option<Part>,
    html: Option<Part>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates")
            .field("text", &self.text)
            .field("html", &self.html)
            .finish_non_exhaustive()
    }
}

/// What templates gave.
pub(super) struct Rendered {
    pub title: String,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
}

impl Templates {
    /// Reads an ad's templates; `subject` instead of its title, if there is one.
    pub(super) fn of(ad: &Ad, subject: Option<&str>) -> Result<Self, BadTemplate> {
        let mut engine = Environment::empty();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.set_auto_escape_callback(
            |name| if name == "html" { AutoEscape::Html } else { AutoEscape::None },
        );
        add_filters(&mut engine);
        let mut read = |part: &'static str, source: &str| {
            if !gate::check(source).map_err(|why| BadTemplate { part, why })? {
                return Ok(Part::Words(source.to_owned()));
            }
            engine.add_template_owned(part, source.to_owned()).map_err(|error| bad(part, &error))?;
            Ok(Part::Template(part))
        };
        let title = read("title", &ad.title)?;
        let subject = subject.map(|subject| read("subject", subject)).transpose()?;
        let some = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let text = some(&ad.text).map(|text| read("text", &text)).transpose()?;
        let html = some(&ad.html).map(|html| read("html", &html)).transpose()?;
        Ok(Self { engine, title, subject, text, html })
    }

    /// Fills them in; `values` gives what they name, once the title is known.
    pub(super) fn render(&self, values: impl FnOnce(&str) -> Value) -> Result<Rendered, BadTemplate> {
        // The title is a template of its own, and a value for the others.
        let values_of = values;
        let (title, values) = match &self.title {
            Part::Words(words) => (words.clone(), values_of(words)),
            Part::Template(_) => {
                let values = values_of("");
                let title = self.one(&self.title, &values)?;
                let values = minijinja::context! { title => &title, ..values };
                (title, values)
            }
        };
        let some = |part: &Option<Part>| part.as_ref().map(|part| self.one(part, &values)).transpose();
        Ok(Rendered {
            subject: some(&self.subject)?.unwrap_or_else(|| title.clone()),
            text: some(&self.text)?,
            html: some(&self.html)?,
            title,
        })
    }

    fn one(&self, part: &Part, values: &Value) -> Result<String, BadTemplate> {
        let part = match part {
            Part::Words(words) => return Ok(words.clone()),
            Part::Template(part) => *part,
        };
        let template = self.engine.get_template(part).map_err(|error| bad(part, &error))?;
        let mut out = Bounded(Vec::with_capacity(2 * template.source().len()));
        template.render_captured_to(values, &mut out).map_err(|error| bad(part, &error))?;
        String::from_utf8(out.0).map_err(|_| BadTemplate { part, why: "not UTF-8".to_owned() })
    }
}

/// [`gate::FILTERS`]. None of them can fail, whatever it is given.
fn add_filters(engine: &mut Environment<'_>) {
    let words = |value: &Value| value.to_string();
    engine.add_filter("upper", move |value: Value| words(&value).to_uppercase());
    engine.add_filter("lower", move |value: Value| words(&value).to_lowercase());
    engine.add_filter("title", move |value: Value| filters::title(words(&value).into()));
    engine.add_filter("capitalize", move |value: Value| {
        let words = words(&value);
        let first = words.chars().next().map_or(0, char::len_utf8);
        words[..first].to_uppercase() + &words[first..].to_lowercase()
    });
    engine.add_filter("trim", move |value: Value| words(&value).trim().to_owned());
    engine.add_filter("default", |value: Value, others: Rest<Value>| {
        if value.is_true() { value } else { others.first().cloned().unwrap_or(value) }
    });
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
    BadTemplate { part, why }
}
