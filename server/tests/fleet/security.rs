//! A small authority's certificates for a NATS server and for nodes; and that server's operator, with an account and a
//! user, as `nsc` makes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use auspice_server::session::unix_seconds;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

/// Files of a fleet whose connections are all secured.
pub(crate) struct Security {
    folder: PathBuf,
    authority: Issuer<'static, KeyPair>,
}

impl Security {
    /// Draws keys, and writes what a NATS server and its clients need.
    pub(crate) fn new(folder: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        let security = Self { folder: folder.into(), authority: Issuer::new(params, key) };
        let (certificate, key) = security.certify("nats");
        fs::write(security.nats_config(), security.accounts(&certificate, &key)).unwrap();
        security
    }

    /// The authority, whose certificates are to be trusted.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The file by which NATS knows a node.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.folder.join("node.creds")
    }

    pub(crate) fn nats_config(&self) -> PathBuf {
        self.folder.join("nats.conf")
    }

    /// A certificate for this machine, and its key.
    pub(crate) fn certify(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let (path, key_path) = (self.folder.join(format!("{name}.pem")), self.folder.join(format!("{name}-key.pem")));
        fs::write(&path, certificate.pem()).unwrap();
        fs::write(&key_path, key.serialize_pem()).unwrap();
        (path, key_path)
    }

    /// The file of a NATS server that speaks TLS and lets in whom its operator's account knows; and that of one whom it
    /// does.
    fn accounts(&self, certificate: &Path, key: &Path) -> String {
        let [operator, system, account] =
            [TrustRole::Operator, TrustRole::Account, TrustRole::Account].map(Identity::draw);
        let user = Identity::draw(TrustRole::User);
        let all = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
            "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
        });
        let by_operator = json!({ "type": "operator", "version": 2, "system_account": system.name });
        let of_account = json!({ "type": "account", "version": 2, "limits": all });
        let mut of_system = of_account.clone();
        // A system account has no JetStream.
        ["mem_storage", "disk_storage", "streams", "consumer"]
            .iter()
            .for_each(|name| of_system["limits"][name] = 0.into());
        let of_user =
            json!({ "type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1 });
        let words = |owner: &Identity, by: &Identity, what: &Value| by.vouch(&owner.name, what);
        fs::write(
            self.credentials(),
            format!(
                "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
                 -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
                words(&user, &account, &of_user),
                user.seed()
            ),
        )
        .unwrap();
        format!(
            "tls {{ cert_file: {:?}, key_file: {:?} }}\noperator: {}\nsystem_account: {}\nresolver: MEMORY\n\
             resolver_preload: {{ {}: {}, {}: {} }}\n",
            certificate,
            key,
            words(&operator, &operator, &by_operator),
            system.name,
            system.name,
            words(&system, &operator, &of_system),
            account.name,
            words(&account, &operator, &of_account)
        )
    }
}

/// Parts of a NATS server's trust, by the first byte of their names.
#[derive(Clone, Copy)]
enum TrustRole {
    Operator = 14 << 3,
    Account = 0,
    User = 20 << 3,
}

/// A key by which NATS knows somebody.
struct Identity {
    role: TrustRole,
    secret: [u8; 32],
    pair: Ed25519KeyPair,
    /// The public half, as NATS writes it.
    name: String,
}

impl Identity {
    fn draw(role: TrustRole) -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&secret).unwrap();
        let name = checked(&[&[role as u8], pair.public_key().as_ref()].concat());
        Self { role, secret, pair, name }
    }

    fn seed(&self) -> String {
        /// First bits of a secret half.
        const SEED: u8 = 18 << 3;
        let role = self.role as u8;
        checked(&[&[SEED | role >> 5, role << 3], &self.secret[..]].concat())
    }

    /// A signed word about somebody.
    fn vouch(&self, subject: &str, what: &Value) -> String {
        let code = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let at = unix_seconds(SystemTime::now());
        let claims =
            json!({ "jti": subject, "iat": at, "iss": self.name, "sub": subject, "name": "test", "nats": what });
        let words = format!("{}.{}", code(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), code(&claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.pair.sign(words.as_bytes()));
        format!("{words}.{signature}")
    }
}

/// Bytes and their checksum (CRC-16 of XMODEM), in base 32.
fn checked(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 })
    });
    let bytes = [bytes, &sum.to_le_bytes()].concat();
    let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let (mut text, count) = (String::new(), (bytes.len() * 8).div_ceil(5));
    for _ in 0..count {
        let value = (0..5).fold(0, |value, _| value << 1 | bits.next().unwrap_or(0));
        text.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)]));
    }
    text
}
