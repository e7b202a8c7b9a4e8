//! A certificate authority, and certificates of it.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::Scratch;

pub(crate) struct Authority {
    directory: Scratch,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let directory = Scratch::new("ca");
        let mut ca = CertificateParams::new(vec![]).expect("no name is a bad one");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("keys can be made");
        let pem = ca.self_signed(&key).expect("it can be signed").pem();
        let authority = Self { issuer: Issuer::new(ca, key), directory };
        authority.write("ca.pem", &pem);
        authority
    }

    /// The file of its own certificate.
    pub(crate) fn ca(&self) -> String {
        self.path("ca.pem")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.0.join(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.directory.0.join(name), content).expect("target can be written to");
    }

    /// Makes `NAME.pem` and `NAME.key`, for these hosts.
    pub(crate) fn certificate(&self, name: &str, hosts: &[&str]) -> (String, String) {
        self.certificate_until(name, hosts, 4096)
    }

    /// The same, of a time that is over.
    pub(crate) fn expired(&self, name: &str, hosts: &[&str]) -> (String, String) {
        self.certificate_until(name, hosts, 2020)
    }

    fn certificate_until(&self, name: &str, hosts: &[&str], year: i32) -> (String, String) {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("they are names of hosts");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.signed_by(&key, &self.issuer).expect("it can be signed");
        self.write(&format!("{name}.pem"), &certificate.pem());
        self.write(&format!("{name}.key"), &key.serialize_pem());
        (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")))
    }

    /// What nginx is told of a certificate for these hosts.
    pub(crate) fn server(&self, hosts: &[&str]) -> String {
        let (certificate, key) = self.certificate("server", hosts);
        format!("ssl_certificate {certificate}; ssl_certificate_key {key};")
    }
}
