//! A campaign's mail: what its ad says, with what is each member's own, as a finished message.
//!
//! ```text
//! template   the small, safe engine            layout   HTML for ads that bring none        picture   inline
//! ```

mod layout;
mod picture;
mod template;

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::context;

pub use template::BadTemplate;

use self::{picture::Picture, template::Templates};
use crate::{
    mail::{
        address::{Address, BadAddress},
        button,
        chat_line::Lang,
        compose::{self, Button, ComposeError, Draft},
        html,
        mailbox::Mailbox,
        message_id::{BadMessageId, MessageId},
        text::{FieldName, Unstructured},
    },
    wire::{
        Time,
        campaigns::{Delivery, LetterParts},
        promotion::Ad,
        record::Chat,
    },
};

/// Why a campaign's mail cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template is wrong, or too costly.
    #[error(transparent)]
    Template(#[from] BadTemplate),
    /// An address is none.
    #[error("{0}: {1}")]
    Address(String, BadAddress),
    /// A Message-ID is none.
    #[error("the server's Message-ID: {0}")]
    MessageId(#[from] BadMessageId),
    /// The message cannot be composed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The picture is not what it should be.
    #[error("the picture is damaged")]
    Picture,
    /// A header field cannot be written.
    #[error("the header field {0} cannot be written")]
    Field(&'static str),
}

/// What a shop says in every mail.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// Its postal address, for the foot of the mail.
    pub postal: Option<String>,
    /// A mailbox that takes "no more mail": `List-Unsubscribe` names it besides the link.
    pub unsubscribe_mailto: Option<Address>,
    /// The server's URL leads nowhere for others: to try things only.
    pub language: Option<Lang>,
}

/// A campaign's mail, ready to be written for each member.
#[derive(Debug)]
pub struct Letter {
    parts: LetterParts,
    from: Mailbox,
    house: House,
    templates: Templates,
    picture: Option<Picture>,
}

/// Whether an ad's templates can be rendered.
///
/// # Errors
/// Which one cannot, and why.
pub fn check(ad: &Ad) -> Result<(), BadTemplate> {
    Templates::of(ad, None).and_then(|templates| {
        let sample = sample(ad);
        templates.render(&sample).map(drop)
    })
}

/// What a template sees, with a member who does not exist.
fn sample(ad: &Ad) -> minijinja::Value {
    context! {
        name => "",
        locale => "",
        company => &ad.company,
        price => &ad.price,
        link => &ad.link,
        picture => "",
        postal => "",
        language => "en",
        chat_link => "https://ch.example.org/c#ticket",
        unsubscribe_link => "https://ch.example.org/u/ticket",
    }
}

impl Letter {
    /// Reads the templates and the picture.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn new(parts: LetterParts, house: House) -> Result<Self, RenderError> {
        let from: Mailbox =
            parts.from.parse().map_err(|why| RenderError::Address(parts.from.clone(), why))?;
        let templates = Templates::of(&parts.ad, parts.subject.as_deref())?;
        let picture = match (&parts.picture, &parts.picture_type) {
            (Some(data), Some(media)) => {
                let bytes = STANDARD.decode(data).map_err(|_| RenderError::Picture)?;
                Some(Picture::new(&bytes, media))
            }
            _ => None,
        };
        Ok(Self { parts, from, house, templates, picture })
    }

    /// Who it is from.
    #[must_use]
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// What it is made of.
    #[must_use]
    pub fn parts(&self) -> &LetterParts {
        &self.parts
    }

    /// One member's mail: header fields, the chat button, text, HTML, picture. Not signed. The same delivery at the same
    /// time gives the same bytes.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn message(&self, delivery: &Delivery, now: Time) -> Result<Vec<u8>, RenderError> {
        let to: Address =
            delivery.to.parse().map_err(|why| RenderError::Address(delivery.to.clone(), why))?;
        let message_id: MessageId = delivery.message_id.parse()?;
        let chat = self.chat(delivery);
        let unsubscribe = self.unsubscribe(delivery);
        let language = self.language(delivery);
        let rendered = self.templates.render(&context! {
            name => delivery.name.as_deref().unwrap_or_default(),
            locale => delivery.locale.as_deref().unwrap_or_default(),
            company => &self.parts.ad.company,
            price => self.parts.ad.price.as_deref().map(|price| {
                layout::price(price, self.parts.ad.currency.as_deref().unwrap_or_default())
            }),
            link => layout::link(self.parts.ad.link.as_deref().unwrap_or_default()),
            picture => self.picture.as_ref().map_or_else(|| layout::link(""), |picture| layout::link(&picture.url())),
            postal => &self.house.postal,
            language => if language == Lang::Ko { "ko" } else { "en" },
            chat_link => layout::link(&chat.url),
            unsubscribe_link => layout::link(&unsubscribe),
        })?;
        let recipient = Mailbox { name: delivery.name.as_deref().map(Unstructured::lossy), address: to };
        let mut draft = Draft::new(self.from.clone(), vec![recipient], message_id, now);
        draft.subject = Some(Unstructured::lossy(&rendered.subject));
        let text = rendered.text.unwrap_or_else(|| html::to_text(&rendered.html));
        draft.text =
            Some(layout::text(&text, &chat.url, &unsubscribe, language, self.house.postal.as_deref()));
        draft.html = Some(layout::with_links(&rendered.html, &chat.url, &unsubscribe, language));
        let mut field = |name: &'static str, value: &str| -> Result<(), RenderError> {
            let value: Unstructured = value.parse().map_err(|_| RenderError::Field(name))?;
            let name: FieldName = name.parse().map_err(|_| RenderError::Field(name))?;
            draft.fields.push((name, value));
            Ok(())
        };
        field("List-Unsubscribe", &self.list_unsubscribe(delivery, &unsubscribe))?;
        field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?;
        draft.button = Some(Button { chat, line: None });
        let message = compose::compose(&draft)?;
        Ok(match &self.picture {
            Some(picture) => picture.inside(&message),
            None => message,
        })
    }

    fn chat(&self, delivery: &Delivery) -> Chat {
        let LetterParts { login, port, host, server, .. } = &self.parts;
        Chat {
            login: login.clone(),
            port: *port,
            host: Some(host.clone()),
            server: server.clone(),
            ticket: delivery.chat.clone(),
            expires: delivery.expires,
            url: button::link(server, &delivery.chat),
        }
    }

    /// The page of `unsubscribe`, and of its one click (RFC 8058).
    fn unsubscribe(&self, delivery: &Delivery) -> String {
        format!("{}/u/{}", self.parts.server.trim_end_matches('/'), delivery.unsubscribe)
    }

    fn list_unsubscribe(&self, delivery: &Delivery, link: &str) -> String {
        match &self.house.unsubscribe_mailto {
            Some(mailbox) => {
                format!("<{link}>, <mailto:{mailbox}?subject=unsubscribe%20{}>", delivery.unsubscribe)
            }
            None => format!("<{link}>"),
        }
    }

    fn language(&self, delivery: &Delivery) -> Lang {
        match &delivery.locale {
            Some(locale) => Lang::of_locale(locale),
            None => self.house.language.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
