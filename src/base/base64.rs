//! Base64 as programs write it: with its padding or without. Used for what programs put on the clipboard or into notices, and for
//! what commands hide.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const EITHER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes; `None`: it is no base64.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    EITHER.decode(text).ok()
}
