//! Internet addresses: `IsValidIP`, `IsValidIPForLegacyField`, `IsValidCIDR` and the like.

use crate::strategy::check::{At, Errors};
use std::net::IpAddr;

const BAD_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const BAD_RANGE: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// An address as older releases read it: `ParseIPSloppy`, where numbers may begin with zeros.
pub(in super::super) fn sloppy(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() != 4 || !parts.iter().all(plain) {
        return None;
    }
    let mut octets = [0_u8; 4];
    for (octet, part) in octets.iter_mut().zip(parts) {
        *octet = part.parse::<u32>().ok().and_then(|number| u8::try_from(number).ok())?;
    }
    Some(IpAddr::from(octets))
}

/// A field that takes what older releases took.
pub(super) fn legacy_ip(at: &At<'_>, errors: &mut Errors) {
    if sloppy(at.text()).is_none() {
        errors.push(at.invalid_text(BAD_IP));
    }
}

/// A range of addresses: its first one and how many bits are fixed.
pub(in super::super) fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address = sloppy(address)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u8 = bits.parse().ok().filter(|bits| plain && *bits <= most)?;
    Some((address, bits))
}

/// A field with a range that takes what older releases took.
pub(super) fn legacy_range(at: &At<'_>, errors: &mut Errors) {
    if range(at.text()).is_none() {
        errors.push(at.invalid_text(BAD_RANGE));
    }
}

/// Whether an address lies in a range.
pub(super) fn within(address: IpAddr, first: IpAddr, bits: u8) -> bool {
    match (address, first) {
        (IpAddr::V4(address), IpAddr::V4(first)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or_default();
            address.to_bits() & mask == first.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(first)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default();
            address.to_bits() & mask == first.to_bits() & mask
        }
        _ => false,
    }
}
