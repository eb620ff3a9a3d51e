//! `ch-promo ad`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to do with ads.
#[derive(Debug, Subcommand)]
pub enum AdVerb {
    /// Add an ad, or say it anew
    ///
    /// Title, text and HTML are templates: {{ name }}, {{ title }}, {{ price }}, {{ link }}, {{ picture }},
    /// {{ chat_link }}, {{ unsubscribe_link }}. What a mail must have is added where a template leaves it out. A
    /// company's ad is a draft until a manager publishes it; a manager's own is published at once.
    Add(Box<AddArgs>),
    /// List ads
    List,
    /// Show an ad
    Show(IdArgs),
    /// Let a company's ad be mailed
    Publish(IdArgs),
    /// Mail it no more
    Retire(IdArgs),
}

/// An ad.
#[derive(Debug, Args)]
pub struct IdArgs {
    /// Its id
    pub id: String,
}

/// What an ad says.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Its id: a-z 0-9 . _ -
    pub id: String,
    /// Title: the subject of its mails
    #[arg(long)]
    pub title: String,
    /// The text
    #[command(flatten)]
    pub text: super::face::TextFile,
    /// File with the HTML [default: made from the text]
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// File with a picture: PNG, JPEG or GIF
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Price: 89000, or 89.00
    #[arg(long, requires = "currency")]
    pub price: Option<String>,
    /// Its currency: KRW, EUR, USD, …
    #[arg(long, value_name = "CODE", requires = "price")]
    pub currency: Option<String>,
    /// Where to read more
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// The company's name
    #[arg(long, value_name = "NAME")]
    pub company: Option<String>,
    /// Not mailed before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub from: Option<crate::wire::Time>,
    /// Not mailed after (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub until: Option<crate::wire::Time>,
    /// Not to be mailed yet
    #[arg(long)]
    pub draft: bool,
}
