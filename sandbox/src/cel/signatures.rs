//! The functions of Kubernetes' CEL environment with their types.

use super::types::Ty;
use std::{collections::BTreeMap, sync::OnceLock};

/// One overload.
#[derive(Debug)]
pub(crate) struct Overload {
    /// The type of what stands before the dot.
    pub(crate) target: Option<Ty>,
    pub(crate) args: Vec<Ty>,
    pub(crate) result: Ty,
}

/// One a line: `target.name(arguments)=result`.
const TABLE: &str = "
_&&_(bool,bool)=bool
_||_(bool,bool)=bool
!_(bool)=bool
-_(int)=int
-_(double)=double
_==_(A,A)=bool
_!=_(A,A)=bool
@in(A,list(A))=bool
@in(A,map(A,B))=bool
_+_(int,int)=int
_+_(uint,uint)=uint
_+_(double,double)=double
_+_(string,string)=string
_+_(bytes,bytes)=bytes
_+_(list(A),list(A))=list(A)
_+_(duration,duration)=duration
_+_(timestamp,duration)=timestamp
_+_(duration,timestamp)=timestamp
_-_(int,int)=int
_-_(uint,uint)=uint
_-_(double,double)=double
_-_(timestamp,timestamp)=duration
_-_(timestamp,duration)=timestamp
_-_(duration,duration)=duration
_*_(int,int)=int
_*_(uint,uint)=uint
_*_(double,double)=double
_/_(int,int)=int
_/_(uint,uint)=uint
_/_(double,double)=double
_%_(int,int)=int
_%_(uint,uint)=uint
_[_](list(A),int)=A
_[_](map(A,B),A)=B
_[?_](list(A),int)=optional(A)
_[?_](map(A,B),A)=optional(B)
_[?_](optional(list(A)),int)=optional(A)
_[?_](optional(map(A,B)),A)=optional(B)
_[_](optional(list(A)),int)=optional(A)
_[_](optional(map(A,B)),A)=optional(B)
int(int)=int
int(uint)=int
int(double)=int
int(string)=int
int(timestamp)=int
int(duration)=int
uint(uint)=uint
uint(int)=uint
uint(double)=uint
uint(string)=uint
double(double)=double
double(int)=double
double(uint)=double
double(string)=double
string(string)=string
string(bool)=string
string(int)=string
string(uint)=string
string(double)=string
string(bytes)=string
string(timestamp)=string
string(duration)=string
string(ip)=string
string(cidr)=string
bytes(bytes)=bytes
bytes(string)=bytes
bool(bool)=bool
bool(string)=bool
duration(duration)=duration
duration(string)=duration
timestamp(timestamp)=timestamp
timestamp(string)=timestamp
timestamp(int)=timestamp
dyn(A)=dyn
type(A)=type
size(string)=int
size(bytes)=int
size(list(A))=int
size(map(A,B))=int
string.size()=int
bytes.size()=int
list(A).size()=int
map(A,B).size()=int
string.contains(string)=bool
string.startsWith(string)=bool
string.endsWith(string)=bool
string.matches(string)=bool
matches(string,string)=bool
timestamp.getFullYear()=int
timestamp.getFullYear(string)=int
timestamp.getMonth()=int
timestamp.getMonth(string)=int
timestamp.getDayOfYear()=int
timestamp.getDayOfYear(string)=int
timestamp.getDayOfMonth()=int
timestamp.getDayOfMonth(string)=int
timestamp.getDate()=int
timestamp.getDate(string)=int
timestamp.getDayOfWeek()=int
timestamp.getDayOfWeek(string)=int
timestamp.getHours()=int
timestamp.getHours(string)=int
timestamp.getMinutes()=int
timestamp.getMinutes(string)=int
timestamp.getSeconds()=int
timestamp.getSeconds(string)=int
timestamp.getMilliseconds()=int
timestamp.getMilliseconds(string)=int
duration.getHours()=int
duration.getMinutes()=int
duration.getSeconds()=int
duration.getMilliseconds()=int
string.charAt(int)=string
string.indexOf(string)=int
string.indexOf(string,int)=int
string.lastIndexOf(string)=int
string.lastIndexOf(string,int)=int
string.lowerAscii()=string
string.upperAscii()=string
string.replace(string,string)=string
string.replace(string,string,int)=string
string.split(string)=list(string)
string.split(string,int)=list(string)
string.substring(int)=string
string.substring(int,int)=string
string.trim()=string
string.format(list(dyn))=string
list(string).join()=string
list(string).join(string)=string
strings.quote(string)=string
list(A).isSorted()=bool
list(int).sum()=int
list(uint).sum()=uint
list(double).sum()=double
list(duration).sum()=duration
list(A).min()=A
list(A).max()=A
list(A).indexOf(A)=int
list(A).lastIndexOf(A)=int
list(A).slice(int,int)=list(A)
list(A).flatten()=list(dyn)
list(A).flatten(int)=list(dyn)
list(A).distinct()=list(A)
list(A).sort()=list(A)
list(A).reverse()=list(A)
list(A).first()=optional(A)
list(A).last()=optional(A)
lists.range(int)=list(int)
sets.contains(list(A),list(A))=bool
sets.equivalent(list(A),list(A))=bool
sets.intersects(list(A),list(A))=bool
string.find(string)=string
string.findAll(string)=list(string)
string.findAll(string,int)=list(string)
url(string)=url
isURL(string)=bool
url.getScheme()=string
url.getHost()=string
url.getHostname()=string
url.getPort()=string
url.getEscapedPath()=string
url.getQuery()=map(string,list(string))
ip(string)=ip
isIP(string)=bool
ip.isCanonical(string)=bool
ip.family()=int
ip.isUnspecified()=bool
ip.isLoopback()=bool
ip.isLinkLocalMulticast()=bool
ip.isLinkLocalUnicast()=bool
ip.isGlobalUnicast()=bool
cidr(string)=cidr
isCIDR(string)=bool
cidr.containsIP(string)=bool
cidr.containsIP(ip)=bool
cidr.containsCIDR(string)=bool
cidr.containsCIDR(cidr)=bool
cidr.ip()=ip
cidr.masked()=cidr
cidr.prefixLength()=int
quantity(string)=quantity
isQuantity(string)=bool
quantity.sign()=int
quantity.isInteger()=bool
quantity.asInteger()=int
quantity.asApproximateFloat()=double
quantity.add(quantity)=quantity
quantity.add(int)=quantity
quantity.sub(quantity)=quantity
quantity.sub(int)=quantity
quantity.isLessThan(quantity)=bool
quantity.isGreaterThan(quantity)=bool
quantity.compareTo(quantity)=int
semver(string)=semver
semver(string,bool)=semver
isSemver(string)=bool
isSemver(string,bool)=bool
semver.major()=int
semver.minor()=int
semver.patch()=int
semver.isLessThan(semver)=bool
semver.isGreaterThan(semver)=bool
semver.compareTo(semver)=int
format.named(string)=optional(format)
format.dns1123Label()=format
format.dns1123Subdomain()=format
format.dns1035Label()=format
format.qualifiedName()=format
format.dns1123LabelPrefix()=format
format.dns1123SubdomainPrefix()=format
format.dns1035LabelPrefix()=format
format.labelValue()=format
format.uri()=format
format.uuid()=format
format.byte()=format
format.date()=format
format.datetime()=format
format.validate(string)=optional(list(string))
optional.of(A)=optional(A)
optional.ofNonZeroValue(A)=optional(A)
optional.none()=optional(A)
optional(A).hasValue()=bool
optional(A).value()=A
optional(A).or(optional(A))=optional(A)
optional(A).orValue(A)=A
";

/// Names that stand before a dot without being values: `sets.contains`.
pub(crate) const SPACES: [&str; 6] = ["sets", "lists", "strings", "optional", "format", "ip"];

/// The overloads of a function; functions of a namespace go by their full names.
pub(crate) fn of(name: &str) -> Option<&'static [Overload]> {
    static FUNCTIONS: OnceLock<BTreeMap<String, Vec<Overload>>> = OnceLock::new();
    let functions = FUNCTIONS.get_or_init(|| {
        let mut functions: BTreeMap<String, Vec<Overload>> = BTreeMap::new();
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            if let Some((name, overload)) = line_of(line) {
                functions.entry(name).or_default().push(overload);
            }
        }
        for comparison in ["_<_", "_<=_", "_>_", "_>=_"] {
            functions.insert(comparison.to_owned(), comparisons());
        }
        functions
    });
    functions.get(name).map(Vec::as_slice)
}

fn comparisons() -> Vec<Overload> {
    let numbers = [Ty::Int, Ty::Uint, Ty::Double];
    let mut overloads = Vec::new();
    let mut add = |a: &Ty, b: &Ty| {
        overloads.push(Overload { target: None, args: vec![a.clone(), b.clone()], result: Ty::Bool });
    };
    for a in &numbers {
        for b in &numbers {
            add(a, b);
        }
    }
    for other in [Ty::Bool, Ty::Text, Ty::Bytes, Ty::Duration, Ty::Timestamp] {
        add(&other, &other);
    }
    overloads
}

fn line_of(line: &str) -> Option<(String, Overload)> {
    let (left, result) = line.rsplit_once('=')?;
    let left = left.strip_suffix(')')?;
    // The arguments open at the last parenthesis without a partner.
    let mut depth = 0;
    let open = left.char_indices().rev().find(|(_, c)| {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return true,
            '(' => depth -= 1,
            _ => {}
        }
        false
    })?;
    let (head, args) = (left.get(..open.0)?, left.get(open.0 + 1..)?);
    let (target, name) = match head.rsplit_once('.') {
        Some((space, name)) if space_function(space, name) => (None, format!("{space}.{name}")),
        Some((target, name)) => (Some(ty(target)), name.to_owned()),
        None => (None, head.to_owned()),
    };
    let args = split(args).into_iter().map(ty).collect();
    Some((name, Overload { target, args, result: ty(result) }))
}

/// `ip.isCanonical` and the makers of formats belong to a namespace, the other functions of such names to values.
pub(crate) fn space_function(space: &str, name: &str) -> bool {
    match space {
        "ip" => name == "isCanonical",
        "format" => name != "validate",
        other => SPACES.contains(&other),
    }
}

/// Splits at the commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (place, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(text.get(from..place));
                from = place + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(from..).filter(|rest| !rest.is_empty()));
    parts
}

fn ty(text: &str) -> Ty {
    if let Some((name, inner)) = text.split_once('(') {
        let inner = inner.strip_suffix(')').unwrap_or(inner);
        let parts = split(inner);
        let part = |number: usize| parts.get(number).map_or(Ty::Dyn, |part| ty(part));
        return match name {
            "list" => Ty::list(part(0)),
            "map" => Ty::Map(part(0).into(), part(1).into()),
            _ => Ty::Optional(part(0).into()),
        };
    }
    match text {
        "int" => Ty::Int,
        "uint" => Ty::Uint,
        "double" => Ty::Double,
        "string" => Ty::Text,
        "bytes" => Ty::Bytes,
        "bool" => Ty::Bool,
        "duration" => Ty::Duration,
        "timestamp" => Ty::Timestamp,
        "type" => Ty::Type,
        "A" => Ty::Param(0),
        "B" => Ty::Param(1),
        "ip" => Ty::Opaque("net.IP"),
        "cidr" => Ty::Opaque("net.CIDR"),
        "url" => Ty::Opaque("kubernetes.URL"),
        "quantity" => Ty::Opaque("kubernetes.Quantity"),
        "semver" => Ty::Opaque("kubernetes.Semver"),
        "format" => Ty::Opaque("kubernetes.NamedFormat"),
        _ => Ty::Dyn,
    }
}
