//! Whose certificates are trusted: the system's, and those of the `ca` file.

use std::{fs::File, io::BufReader, path::Path};

use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::http::plain_words;

/// The system's root certificates and those in the PEM file `ca`. Read for https only: it takes a moment.
///
/// # Errors
/// What is wrong with the `ca` file, in words.
pub fn load(ca: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut roots = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = ca {
        let bad = |why: String| format!("ca = {}: {why}", path.display());
        let file = File::open(path).map_err(|error| bad(plain_words(&error)))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
            roots.push(certificate.map_err(|error| bad(error.to_string()))?);
        }
        if roots.len() == before {
            return Err(bad("no certificate in it".to_owned()));
        }
    }
    Ok(roots)
}
