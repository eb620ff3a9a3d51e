//! A campaign's mail: what its ad says, with what is each member's own, as a finished message.
//!
//! ```text
//! gate       what a template may say      template   the engine that fills it in
//! layout     a page for ads without HTML, and what every mail must say
//! price      as people of a place read it      picture    inline      pressable  links that stand as plain words
//! ```

mod gate;
mod layout;
mod picture;
mod pressable;
pub mod price;
mod template;

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::context;

pub use template::BadTemplate;

use self::{
    layout::{Must, Page},
    picture::Picture,
    template::Templates,
};
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
    /// The picture is damaged, or not of a type that mail programs show.
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
}

/// A campaign's mail, ready to be written for each member.
#[derive(Debug)]
pub struct Letter {
    parts: LetterParts,
    from: Mailbox,
    address: String,
    house: House,
    templates: Templates,
    picture: Option<Picture>,
    /// What the ad is written in.
    language: Lang,
    list_unsubscribe: FieldName,
    one_click: (FieldName, Unstructured),
}

/// Whether an ad can be mailed under `subject`, or its title: for every member, whatever they are called.
///
/// # Errors
/// What is wrong with which template.
pub fn check(ad: &Ad, subject: Option<&str>) -> Result<(), BadTemplate> {
    let templates = Templates::of(ad, subject)?;
    for some in ["", "한국어 & <Bob>"] {
        templates.render(|title| {
            context! {
                name => some,
                locale => some,
                title => title,
                company => some,
                price => some,
                link => some,
                picture => some,
                postal => some,
                language => "en",
                chat_link => some,
                unsubscribe_link => some,
            }
        })?;
    }
    Ok(())
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
                Some(Picture::new(&bytes, media).ok_or(RenderError::Picture)?)
            }
            _ => None,
        };
        let Ad { title, text, html, .. } = &parts.ad;
        let words = [Some(title), text.as_ref(), html.as_ref()];
        let language = layout::language_of(words.into_iter().flatten().map(String::as_str));
        let field = |name: &'static str| name.parse::<FieldName>().map_err(|_| RenderError::Field(name));
        let one_click = Unstructured::lossy("List-Unsubscribe=One-Click");
        Ok(Self {
            list_unsubscribe: field("List-Unsubscribe")?,
            one_click: (field("List-Unsubscribe-Post")?, one_click),
            address: from.address.to_string(),
            parts,
            from,
            house,
            templates,
            picture,
            language,
        })
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
        let Ad { price, currency, company, link, .. } = &self.parts.ad;
        let price = match (price, currency) {
            (Some(price), Some(currency)) => price::written(price, currency, self.locale(delivery)),
            _ => String::new(),
        };
        let (company, link) = (company.as_deref(), link.as_deref());
        let picture = self.picture.as_ref().map(Picture::url);
        let postal = self.house.postal.as_deref();
        let rendered = self.templates.render(|title| {
            context! {
                name => delivery.name.as_deref().unwrap_or_default(),
                locale => delivery.locale.as_deref().unwrap_or_default(),
                title => title,
                company => company.unwrap_or_default(),
                price => &price,
                link => layout::link(link.unwrap_or_default()),
                picture => layout::link(picture.unwrap_or_default()),
                postal => postal.unwrap_or_default(),
                language => if language == Lang::Ko { "ko" } else { "en" },
                chat_link => layout::link(&chat.url),
                unsubscribe_link => layout::link(&unsubscribe),
            }
        })?;
        let name = company.or(self.from.name.as_ref().map(Unstructured::as_str));
        let must = Must {
            language,
            chat: &chat.url,
            unsubscribe: &unsubscribe,
            sender: (name, &self.address),
            postal,
        };
        // A link that is words in the HTML is told by its words; where it leads stands below.
        let of_html = |html: &String| html::to_text(&pressable::pressable(html, &must));
        let text = rendered.text.or_else(|| rendered.html.as_ref().map(of_html)).unwrap_or_default();
        let html = match &rendered.html {
            Some(html) => layout::with_musts(html, &must),
            None => {
                let page =
                    Page { title: &rendered.title, company, picture, text: &text, price: &price, link };
                layout::page(&page, &must)
            }
        };
        let with_picture = picture.is_some_and(|url| layout::has(&html, url));
        let recipient = Mailbox { name: delivery.name.as_deref().map(Unstructured::lossy), address: to };
        let mut draft = Draft::new(self.from.clone(), vec![recipient], message_id, now);
        draft.subject = Some(Unstructured::lossy(&rendered.subject));
        draft.text = Some(layout::text(&text, &price, link, &must));
        draft.html = Some(html);
        let list = self.list_unsubscribe(delivery, &unsubscribe);
        let list: Unstructured = list.parse().map_err(|_| RenderError::Field("List-Unsubscribe"))?;
        draft.fields = vec![(self.list_unsubscribe.clone(), list), self.one_click.clone()];
        draft.button = Some(Button { chat, line: None });
        let message = compose::compose(&draft)?;
        Ok(match &self.picture {
            Some(picture) if with_picture => picture.inside(message),
            _ => message,
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

    /// The member's own, else the ad's.
    fn language(&self, delivery: &Delivery) -> Lang {
        delivery.locale.as_deref().map_or(self.language, Lang::of_locale)
    }

    fn locale<'a>(&self, delivery: &'a Delivery) -> &'a str {
        match (&delivery.locale, self.language) {
            (Some(locale), _) => locale,
            (None, Lang::Ko) => "ko",
            (None, Lang::En) => "en",
        }
    }
}

#[cfg(test)]
mod tests;
