//! Strings of one origin in one piece of memory.
//!
//! A digest of ten megabytes tells some hundred thousand short strings: titles, names, addresses.
//! Each in memory of its own would cost more than reading them. So what one entry tells stands in
//! one buffer ([`Packed`]), and its strings ([`Str`]) share it. Tested here.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt::{self, Debug, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A string that shares its memory with others. Cloning it copies no text.
#[derive(Clone, Default)]
pub struct Str {
    buffer: Arc<str>,
    /// Where it starts in the buffer, in bytes.
    start: u32,
    len: u32,
}

impl Str {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let start = self.start as usize;
        self.buffer
            .get(start..start + self.len as usize)
            .unwrap_or_default()
    }

    /// The bytes of the text. Where bytes tell, no letter has to be found at its ends.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        let start = self.start as usize;
        let bytes = self.buffer.as_bytes();
        bytes
            .get(start..start + self.len as usize)
            .unwrap_or_default()
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether it has no letter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The string for `part`, sharing memory where `part` is a piece of this one.
    #[must_use]
    pub fn share(&self, part: &str) -> Self {
        self.piece(part).unwrap_or_else(|| Self::from(part))
    }

    fn piece(&self, part: &str) -> Option<Self> {
        // Text from elsewhere has its address outside of the buffer.
        let start = part
            .as_ptr()
            .addr()
            .checked_sub(self.buffer.as_ptr().addr())?;
        if part.is_empty() || start + part.len() > self.buffer.len() {
            return None;
        }
        Some(Self {
            buffer: Arc::clone(&self.buffer),
            start: u32::try_from(start).ok()?,
            len: u32::try_from(part.len()).ok()?,
        })
    }
}

/// Pieces of a text put together into one buffer, from which strings are then taken.
#[derive(Debug, Clone)]
pub struct Packed(Str);

impl Packed {
    /// A buffer of the given text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Str::from(text))
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The string for a piece of [`Packed::text`]; for other text one with memory of its own.
    #[must_use]
    pub fn str(&self, part: &str) -> Str {
        self.0.share(part)
    }

    /// The string at a range of [`Packed::text`].
    #[must_use]
    pub fn at(&self, range: Range<usize>) -> Str {
        if range.is_empty() || range.end > self.0.len as usize {
            return Str::default();
        }
        Str {
            buffer: Arc::clone(&self.0.buffer),
            start: range.start as u32,
            len: range.len() as u32,
        }
    }

    /// The strings from the byte `start` of [`Packed::text`] on that end at `ends`.
    #[must_use]
    pub fn list(&self, start: u32, ends: Box<[u32]>) -> StrList {
        StrList {
            buffer: Arc::clone(&self.0.buffer),
            start,
            ends,
        }
    }
}

/// Strings that stand one behind the other in the memory that they share.
#[derive(Clone, Default)]
pub struct StrList {
    buffer: Arc<str>,
    /// Where the first starts in the buffer, in bytes.
    start: u32,
    /// Where each ends; the next starts there.
    ends: Box<[u32]>,
}

impl StrList {
    /// A string of the list.
    #[must_use]
    pub fn get(&self, idx: usize) -> Option<&str> {
        let end = *self.ends.get(idx)?;
        let before = idx.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = *before.unwrap_or(&self.start);
        self.buffer.get(start as usize..end as usize)
    }

    /// All strings.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.strings(self.start, &self.ends)
    }

    /// All strings but the first.
    pub fn rest(&self) -> impl ExactSizeIterator<Item = &str> {
        match self.ends.split_first() {
            Some((start, ends)) => self.strings(*start, ends),
            None => self.strings(self.start, &[]),
        }
    }

    /// The strings but the first that begin with `start` and go on, each with its index among these.
    pub fn going_on<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let bytes = self.buffer.as_bytes();
        let ends = self.ends.windows(2).enumerate();
        // Titles of a series begin alike: most are told apart by how such a beginning ends. What is
        // looked at for that may be of the string behind.
        let ending = start.as_bytes().last_chunk::<8>();
        let ending_start = start.len().saturating_sub(8);
        ends.filter_map(move |(idx, ends)| {
            let own_ending = bytes.get(ends[0] as usize + ending_start..)?.first_chunk();
            if ending.is_some() && own_ending != ending {
                return None;
            }
            let string = bytes.get(ends[0] as usize..ends[1] as usize)?;
            let goes_on = string.len() > start.len() && string.starts_with(start.as_bytes());
            goes_on.then(|| Some((idx, self.get(idx + 1)?)))?
        })
    }

    fn strings<'a>(
        &'a self,
        mut start: u32,
        ends: &'a [u32],
    ) -> impl ExactSizeIterator<Item = &'a str> {
        let mut rest = self.buffer.get(start as usize..).unwrap_or_default();
        ends.iter().map(move |end| {
            let len = end.saturating_sub(start) as usize;
            let (text, behind) = rest.split_at_checked(len).unwrap_or_default();
            (start, rest) = (*end, behind);
            text
        })
    }
}

impl PartialEq for StrList {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for StrList {}

impl Debug for StrList {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        // No title has 4 GiB; of one that had, the beginning is enough.
        let end = text.floor_char_boundary(u32::MAX as usize);
        Self {
            buffer: Arc::from(text.get(..end).unwrap_or_default()),
            start: 0,
            len: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self::from(&*text)
    }
}

impl From<&String> for Str {
    fn from(text: &String) -> Self {
        Self::from(&**text)
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<&Str> for Str {
    fn from(text: &Str) -> Self {
        text.clone()
    }
}

impl From<Str> for String {
    fn from(text: Str) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&Str> for String {
    fn from(text: &Str) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.buffer, &other.buffer)
            && (self.start, self.len) == (other.start, other.len))
            || self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str {}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Str {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Str> for str {
    fn eq(&self, other: &Str) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Str> for &str {
    fn eq(&self, other: &Str) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Str> for String {
    fn eq(&self, other: &Str) -> bool {
        self == other.as_str()
    }
}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Display for Str {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self.as_str(), f)
    }
}

impl Debug for Str {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_share_and_others_are_copied() {
        let packed = Packed::new("Mark Brown <b@k.org>");
        let name = packed.str(&packed.text()[..10]);
        assert_eq!(name, "Mark Brown");
        assert!(Arc::ptr_eq(&name.buffer, &packed.0.buffer));
        let other = packed.str("Mark Brown");
        assert_eq!(other, name);
        assert!(!Arc::ptr_eq(&other.buffer, &packed.0.buffer));
        assert_eq!(packed.str(""), "");
        assert_eq!(packed.str(&packed.text()[20..]), "");
        let title = name.share(&name[5..]);
        assert_eq!(title, "Brown");
        assert!(Arc::ptr_eq(&title.buffer, &packed.0.buffer));
    }

    #[test]
    fn a_list_has_its_strings_in_order() {
        let packed = Packed::new("- one two");
        let list = packed.list(2, [5, 6, 6, 9].into());
        assert_eq!(list.iter().collect::<Vec<_>>(), ["one", " ", "", "two"]);
        assert_eq!(list.rest().collect::<Vec<_>>(), [" ", "", "two"]);
        assert_eq!(
            list.going_on("").collect::<Vec<_>>(),
            [(0, " "), (2, "two")]
        );
        assert_eq!(list.going_on("tw").collect::<Vec<_>>(), [(2, "two")]);
        assert_eq!(list.going_on("two").next(), None);
        let titles = Packed::new("-kvm: onekvm: one thingkvm: two");
        let titles = titles.list(0, [1, 9, 23, 31].into());
        let thing = [(1, "kvm: one thing")];
        for (start, expected) in [
            ("kvm", &[(0, "kvm: one"), thing[0], (2, "kvm: two")][..]),
            ("kvm: one", &thing),
            ("kvm: one t", &thing),
            ("kvm: one thing", &[]),
            ("kvm: onf", &[]),
        ] {
            assert_eq!(titles.going_on(start).collect::<Vec<_>>(), expected);
        }
        assert_eq!(StrList::default().rest().next(), None);
        assert_eq!(list.get(0), Some("one"));
        assert_eq!(list.get(3), Some("two"));
        assert_eq!(list.get(4), None);
        assert_eq!(list, Packed::new("one two").list(0, [3, 4, 4, 7].into()));
        assert_ne!(list, StrList::default());
    }

    #[test]
    fn a_string_is_hashed_and_ordered_as_its_text() {
        let map = std::collections::HashMap::from([(Str::from("ü"), 1)]);
        assert_eq!(map.get("ü"), Some(&1));
        let (first, second) = (Str::from("a"), Str::from("b"));
        assert!(first < second);
        assert_eq!(format!("{0} {0:?}", Str::from("a\"")), "a\" \"a\\\"\"");
    }
}
