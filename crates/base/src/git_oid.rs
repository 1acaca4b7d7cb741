//! Git's object id of a file's content.
//!
//! Input: bytes. Output: the id of their blob, as `git hash-object` prints it.
//! Not here: reading and writing objects (`repository/`).

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The id of a blob in the repository that the commit belongs to: SHA-256 if the commit's id is SHA-256, otherwise SHA-1.
pub fn id(bytes: &[u8], commit: &str) -> String {
    let head = format!("blob {}\0", bytes.len());
    if commit.len() == 64 {
        hex(&Sha256::new().chain_update(head).chain_update(bytes).finalize())
    } else {
        hex(&Sha1::new().chain_update(head).chain_update(bytes).finalize())
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_git_prints() {
        let sha256 = "0".repeat(64);
        // `printf 'hello\n' | git hash-object --stdin`, and the same in a repository of `--object-format=sha256`
        assert_eq!(id(b"hello\n", ""), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(
            id(b"hello\n", &sha256),
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
        );
        assert_eq!(id(b"", ""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }
}
