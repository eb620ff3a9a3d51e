//! Ads.

use std::{fs, io::Read, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Edge, words};
use crate::{
    cli::{
        Exit,
        args::promo::ad::{AdVerb, AddArgs},
        connect,
        exit::OrFail,
        fail,
    },
    wire::{
        Record, Time,
        members::AdPut,
        promotion::{Ad, AdState},
    },
};

/// Bytes of a file that an ad is made of.
const FILE: u64 = 2 << 20;

/// `ad`.
///
/// # Errors
/// 64 for an ad without text and HTML; 66 when a file cannot be read; what the CH server says.
pub fn ad(verb: AdVerb, edge: Edge<'_>) -> anyhow::Result<Exit> {
    if let AdVerb::Add(args) = &verb
        && args.text.0.is_none()
        && args.html.is_none()
    {
        return Err(fail(Exit::Usage, "an ad has a text or HTML: --text FILE, --html FILE, or both"));
    }
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    match verb {
        AdVerb::Add(args) => {
            let put = put(*args)?;
            let ad = api.put_ad(&put)?;
            if ad.state == AdState::Draft && !put.draft {
                edge.io.note(&format!(
                    "{} is a draft until a manager says: ch-promo ad publish {}",
                    ad.ad, ad.ad
                ));
            }
            if edge.io.face().json || edge.io.face().verbose {
                show(ad, edge)?;
            }
        }
        AdVerb::List => {
            for ad in api.ads()? {
                edge.io.out.show(&Record::Ad(Box::new(ad)), words::of)?;
            }
        }
        AdVerb::Show(args) => show(api.ad(&args.id)?, edge)?,
        AdVerb::Publish(args) => drop(api.publish_ad(&args.id)?),
        AdVerb::Retire(args) => {
            let paused = api.retire_ad(&args.id)?.paused;
            if paused > 0 {
                let campaigns =
                    words::counted(paused, "campaign of it is paused", "campaigns of it are paused");
                edge.io.note(&format!("{} is mailed no more: {campaigns}", args.id));
            }
        }
    }
    Ok(Exit::Done)
}

fn show(ad: Ad, edge: Edge<'_>) -> anyhow::Result<()> {
    Ok(edge.io.out.show(&Record::Ad(Box::new(ad)), words::of)?)
}

fn put(args: AddArgs) -> anyhow::Result<AdPut> {
    let text = |path: &Option<std::path::PathBuf>| -> anyhow::Result<Option<String>> {
        let Some(path) = path else { return Ok(None) };
        let bytes = read(path)?;
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| fail(Exit::Data, format!("{}: not UTF-8", path.display())))
    };
    let picture = args.picture.as_deref().map(read).transpose()?.map(|bytes| STANDARD.encode(bytes));
    Ok(AdPut {
        ad: Ad {
            ad: args.id,
            state: AdState::Draft,
            owner: None,
            company: args.company,
            title: args.title,
            text: text(&args.text.0)?,
            html: text(&args.html)?,
            price: args.price,
            currency: args.currency.map(|code| code.to_uppercase()),
            link: args.link,
            picture: picture.is_some(),
            valid_from: args.from,
            valid_until: args.until,
            changed: Time(0),
        },
        draft: args.draft,
        picture,
        picture_type: None,
    })
}

/// A file of bounded size; `-` is standard input.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let name = path.display();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(FILE + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(FILE + 1).read_to_end(&mut bytes))
    };
    read.or_fail(Exit::NoInput, name.to_string())?;
    if bytes.len() as u64 > FILE {
        return Err(fail(Exit::Data, format!("{name}: larger than {FILE} bytes")));
    }
    Ok(bytes)
}
