//! Immutable text and bytes that many values share: a copy increments a counter and does not copy the content.
//!
//! Input: owned text or bytes. Output: [`SharedStr`] and [`SharedBytes`], which read like `&str` and `&[u8]`. Equal values share one
//! allocation only if they come from the same [`Pool`].

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::git_oid::hex;
use crate::marker::{self, BlocksInFile};

/// Shared text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedStr(Arc<str>);

/// Shared bytes, with what is known about them once it is computed: their SHA-256, and the block of a store in them.
#[derive(Clone, Default)]
pub struct SharedBytes(Arc<Content>);

#[derive(Default)]
struct Content {
    bytes: Box<[u8]>,
    sha256: OnceLock<String>,
    /// A store's name, and its block.
    block: OnceLock<(String, BlocksInFile)>,
}

/// Gives equal values the same allocation.
#[derive(Debug, Clone)]
pub struct Pool<T>(BTreeSet<T>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool(BTreeSet::new())
    }
}

impl Pool<SharedStr> {
    /// The shared form of a text.
    pub fn get(&mut self, text: &str) -> SharedStr {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new = SharedStr::from(text);
        self.0.insert(new.clone());
        new
    }
}

impl Pool<SharedBytes> {
    /// Replaces the bytes by the allocation that equal bytes already have.
    pub fn share(&mut self, bytes: &mut SharedBytes) {
        match self.0.get(bytes) {
            Some(known) => bytes.clone_from(known),
            None => drop(self.0.insert(bytes.clone())),
        }
    }
}

impl SharedStr {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SharedBytes {
    fn new(bytes: Box<[u8]>) -> Self {
        SharedBytes(Arc::new(Content {
            bytes,
            sha256: OnceLock::new(),
            block: OnceLock::new(),
        }))
    }

    /// The block of a store in them, as [`marker::find`] finds it. The answer is kept, because one plan asks for it a dozen times.
    pub fn block(&self, store_name: &str) -> BlocksInFile {
        let find = || marker::find(self, store_name);
        let (name, block) = self.0.block.get_or_init(|| (store_name.to_owned(), find()));
        if name == store_name { block.clone() } else { find() }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Their SHA-256 in hexadecimal digits, as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        self.0
            .sha256
            .get_or_init(|| hex(&Sha256::digest(self.as_slice())))
    }
}

impl Default for SharedStr {
    fn default() -> Self {
        SharedStr("".into())
    }
}

impl Deref for SharedStr {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<str> for SharedStr {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

// Equality, order and hash are those of the text, as `Borrow` requires.
impl Borrow<str> for SharedStr {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for SharedStr {
    fn from(text: &str) -> Self {
        SharedStr(text.into())
    }
}

impl From<String> for SharedStr {
    fn from(text: String) -> Self {
        SharedStr(text.into())
    }
}

impl From<&String> for SharedStr {
    fn from(text: &String) -> Self {
        SharedStr(text.as_str().into())
    }
}

impl From<SharedStr> for String {
    fn from(text: SharedStr) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&SharedStr> for String {
    fn from(text: &SharedStr) -> Self {
        text.as_str().to_owned()
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        SharedBytes::new(bytes.into())
    }
}

impl From<&[u8]> for SharedBytes {
    fn from(bytes: &[u8]) -> Self {
        SharedBytes::new(bytes.into())
    }
}

impl From<&Vec<u8>> for SharedBytes {
    fn from(bytes: &Vec<u8>) -> Self {
        SharedBytes::new(bytes.as_slice().into())
    }
}

impl<const N: usize> From<&[u8; N]> for SharedBytes {
    fn from(bytes: &[u8; N]) -> Self {
        SharedBytes::new(bytes.as_slice().into())
    }
}

impl From<String> for SharedBytes {
    fn from(text: String) -> Self {
        SharedBytes::new(text.into_bytes().into())
    }
}

impl From<&str> for SharedBytes {
    fn from(text: &str) -> Self {
        SharedBytes::new(text.as_bytes().into())
    }
}

impl PartialEq<str> for SharedStr {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedStr {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for SharedStr {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<SharedStr> for String {
    fn eq(&self, other: &SharedStr) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<SharedStr> for str {
    fn eq(&self, other: &SharedStr) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<SharedStr> for &str {
    fn eq(&self, other: &SharedStr) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq for SharedBytes {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_slice() == other.as_slice()
    }
}

impl Eq for SharedBytes {}

impl PartialOrd for SharedBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl PartialEq<[u8]> for SharedBytes {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl PartialEq<&[u8]> for SharedBytes {
    fn eq(&self, other: &&[u8]) -> bool {
        **self == **other
    }
}

impl PartialEq<Vec<u8>> for SharedBytes {
    fn eq(&self, other: &Vec<u8>) -> bool {
        **self == **other
    }
}

impl PartialEq<SharedBytes> for Vec<u8> {
    fn eq(&self, other: &SharedBytes) -> bool {
        **self == **other
    }
}

impl<const N: usize> PartialEq<[u8; N]> for SharedBytes {
    fn eq(&self, other: &[u8; N]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for SharedBytes {
    fn eq(&self, other: &&[u8; N]) -> bool {
        **self == **other
    }
}

impl fmt::Display for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for SharedStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for SharedStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(SharedStr::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_of_a_pool_are_one_allocation() {
        let mut pool = Pool::default();
        let (one, same, other) = (pool.get("a"), pool.get("a"), pool.get("b"));
        assert!(Arc::ptr_eq(&one.0, &same.0));
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
