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

/// A field with an address, `IsValidIPForLegacyField` as it is now: no leading zeros, no mapped addresses.
pub(super) fn legacy_ip(at: &At<'_>, errors: &mut Errors) {
    let Some(address) = sloppy(at.text()) else { return errors.push(at.invalid_text(BAD_IP)) };
    if at.text().parse::<IpAddr>().is_err() {
        errors.push(at.invalid_text("must not have leading 0s"));
    }
    if is_mapped(address) {
        errors.push(at.invalid_text("must not be an IPv4-mapped IPv6 address"));
    }
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some())
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

/// A field with a range, `IsValidCIDRForLegacyField`.
pub(super) fn legacy_range(at: &At<'_>, errors: &mut Errors) {
    let Some((address, bits)) = range(at.text()) else { return errors.push(at.invalid_text(BAD_RANGE)) };
    let (own, length) = at.text().split_once('/').unwrap_or_default();
    if own.parse::<IpAddr>().is_err() || (length.starts_with('0') && length != "0") {
        errors.push(at.invalid_text("must not have leading 0s in IP or prefix length"));
    } else if is_mapped(address) {
        errors.push(at.invalid_text("must not have an IPv4-mapped IPv6 address"));
    } else if first(address, bits) != address {
        errors.push(at.invalid_text("must not have bits set beyond the prefix length"));
    }
}

/// The first address of the range that an address lies in.
pub(in super::super) fn first(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(own) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or_default();
            IpAddr::V4(std::net::Ipv4Addr::from_bits(own.to_bits() & mask))
        }
        IpAddr::V6(own) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default();
            IpAddr::V6(std::net::Ipv6Addr::from_bits(own.to_bits() & mask))
        }
    }
}

/// Whether an address lies in the range of that first address.
pub(super) fn within(address: IpAddr, first_one: IpAddr, bits: u8) -> bool {
    address.is_ipv4() == first_one.is_ipv4() && first(address, bits) == first(first_one, bits)
}
