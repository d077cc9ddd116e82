//! An OpenID Connect provider: where it is asked to sign somebody in, and what it then says of them, verified.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AccessToken, AdditionalClaims, AsyncHttpClient, AuthType, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, SubjectIdentifier, TokenResponse as _, UserInfoClaims,
    UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::http::{self, Http, Request};
use super::vetting::PrivateTargets;
use crate::domain::reason::Reason;
use crate::domain::secret::Secret;
use crate::domain::single_sign_on::{Claims, Grants, Handshake};
use crate::domain::time::Timestamp;

/// How long the provider has for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long what the provider publishes of itself is believed.
const FRESH: Duration = Duration::from_hours(1);

/// How long it is not asked again for that: after it has not answered, which may take two answers' time to see,
/// and after it was asked for a new key.
const AGAIN: Duration = Duration::from_secs(30);

/// By how much its clock and ours may differ.
const LEEWAY: Duration = Duration::from_mins(1);

/// How its id tokens may be signed: by a key that it alone has.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What is behind an error; the same for all who run into it.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider does not answer, or not as it has to.
    #[error("the identity provider does not answer as it should")]
    Away(#[source] Cause),
    /// What came back proves nothing.
    #[error("what the identity provider sent proves nothing")]
    Rejected(#[source] Cause),
    /// There is no id token.
    #[error("the identity provider sent no id token")]
    NoIdToken,
}

/// Why one of its answers is not there.
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error("{}", Reason::Late(TIMEOUT.as_secs()))]
    Late,
    #[error("the answer is none of HTTP")]
    Odd(#[from] openidconnect::http::Error),
    #[error("the identity provider publishes {0}, which is not https")]
    Unsafe(String),
}

/// Whether nobody on the way can read along or forge what is there: its keys and our secret go that way.
pub fn is_safe(url: &url::Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// What a provider is, and what we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderOptions {
    /// Its address, exactly as its id tokens name it.
    pub issuer: String,
    pub client: String,
    pub secret: Secret,
    /// What is asked for, `openid` among it.
    pub scopes: Vec<String>,
}

/// Whom a provider has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// What the provider calls them, and nobody else ever.
    pub subject: String,
    pub claims: Claims,
}

/// A provider.
pub struct Provider {
    options: ProviderOptions,
    http: Http,
    published: Mutex<Published>,
}

/// What it publishes of itself, with its keys.
type Metadata = Arc<CoreProviderMetadata>;

#[derive(Default)]
struct Published {
    /// When it was fetched.
    metadata: Option<(Metadata, Timestamp)>,
    /// When it was asked in vain, and why.
    failed: Option<(Cause, Timestamp)>,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Claims that no standard names.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others {
    #[serde(flatten)]
    all: Claims,
}

impl AdditionalClaims for Others {}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Provider").field(&self.options.issuer).finish()
    }
}

impl Provider {
    /// Gets ready; nothing is asked yet.
    pub fn new(options: ProviderOptions, targets: PrivateTargets) -> Result<Self, http::Error> {
        Ok(Self { options, http: Http::vetted(targets)?, published: Mutex::default() })
    }

    /// Its address, as its id tokens name it.
    pub fn issuer(&self) -> &str {
        &self.options.issuer
    }

    /// Where a browser is sent to be signed in; it comes back to `back`.
    pub async fn begin(
        &self,
        handshake: &Handshake,
        back: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let client = self.client(&self.metadata(now).await?, back)?;
        let verifier = PkceCodeVerifier::new(handshake.verifier());
        let (state, nonce) = (CsrfToken::new(handshake.state()), Nonce::new(handshake.nonce()));
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let scopes = self.options.scopes.iter().filter(|scope| *scope != "openid").cloned();
        let request = client
            .authorize_url(flow, move || state, move || nonce)
            .add_scopes(scopes.map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let target = request.url().0;
        if !is_safe(&target) {
            return Err(away(NoReply::Unsafe(target.into())));
        }
        Ok(target.into())
    }

    /// Whom the provider has signed in, by the code that a browser came back with. What `wanted` looks at and the
    /// id token does not say, the provider is asked for.
    pub async fn finish(
        &self,
        code: &str,
        handshake: &Handshake,
        back: &str,
        wanted: &Grants,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let client = self.client(&self.metadata(now).await?, back)?;
        let redeemed = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(away)?
            .set_pkce_verifier(PkceCodeVerifier::new(handshake.verifier()))
            .request_async(self)
            .await;
        let tokens = redeemed.map_err(not_redeemed)?;
        let token = tokens.id_token().ok_or(Error::NoIdToken)?;
        let subject = self.subject(&client, token, handshake, back, now).await?;
        let mut claims = claims_of(token);
        if !wanted.are_in(&claims)
            || !["preferred_username", "email"].iter().any(|name| claims.contains_key(*name))
        {
            self.ask(&client, tokens.access_token(), &subject, &mut claims).await?;
        }
        Ok(SignedIn { subject: subject.to_string(), claims })
    }

    /// Whom a verified id token is about.
    async fn subject(
        &self,
        client: &Client,
        token: &CoreIdToken,
        handshake: &Handshake,
        back: &str,
        now: Timestamp,
    ) -> Result<SubjectIdentifier, Error> {
        let nonce = Nonce::new(handshake.nonce());
        let subject = match verified(client, token, &nonce, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let client = self.client(&self.refreshed(now).await?, back)?;
                verified(&client, token, &nonce, now)
            }
            verified => verified,
        };
        subject.map_err(|error| Error::Rejected(Arc::new(error)))
    }

    /// Asks what else it says of somebody; what the id token says stays.
    async fn ask(
        &self,
        client: &Client,
        token: &AccessToken,
        subject: &SubjectIdentifier,
        claims: &mut Claims,
    ) -> Result<(), Error> {
        // A provider need not have that endpoint.
        let Ok(request) = client.user_info(token.clone(), Some(subject.clone())) else {
            return Ok(());
        };
        let said: UserInfoClaims<Others, CoreGenderClaim> =
            request.request_async(self).await.map_err(not_said)?;
        if let Ok(Value::Object(said)) = serde_json::to_value(said) {
            complete(claims, said);
        }
        Ok(())
    }

    fn client(&self, metadata: &Metadata, back: &str) -> Result<Client, Error> {
        let back = RedirectUrl::new(back.to_owned()).map_err(away)?;
        let client = CoreClient::from_provider_metadata(
            CoreProviderMetadata::clone(metadata),
            ClientId::new(self.options.client.clone()),
            Some(ClientSecret::new(self.options.secret.expose().to_owned())),
        );
        let known = metadata.token_endpoint_auth_methods_supported();
        // Where nothing is said, the specification means the header.
        let by_header =
            known.is_none_or(|known| known.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if by_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_redirect_uri(back).set_auth_type(auth))
    }

    /// What it publishes of itself, as it was lately.
    async fn metadata(&self, now: Timestamp) -> Result<Metadata, Error> {
        let mut published = self.published.lock().await;
        match &published.metadata {
            Some((metadata, fetched)) if now < fetched.plus(FRESH) => Ok(Arc::clone(metadata)),
            _ => self.fetch(&mut published, now).await,
        }
    }

    /// The same anew, because it has signed with a key that is not known. Whoever makes up keys has it asked only
    /// so often.
    async fn refreshed(&self, now: Timestamp) -> Result<Metadata, Error> {
        let mut published = self.published.lock().await;
        match &published.metadata {
            Some((metadata, fetched)) if now < fetched.plus(AGAIN) => Ok(Arc::clone(metadata)),
            _ => self.fetch(&mut published, now).await,
        }
    }

    async fn fetch(&self, published: &mut Published, now: Timestamp) -> Result<Metadata, Error> {
        if let Some((why, _)) = published.failed.as_ref().filter(|(_, at)| now < at.plus(AGAIN)) {
            let before = published.metadata.as_ref().map(|(before, _)| Arc::clone(before));
            return before.ok_or_else(|| Error::Away(Arc::clone(why)));
        }
        let issuer = IssuerUrl::new(self.options.issuer.clone()).map_err(away)?;
        match CoreProviderMetadata::discover_async(issuer, self).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                published.metadata = Some((Arc::clone(&metadata), now));
                published.failed = None;
                Ok(metadata)
            }
            Err(error) => {
                let why: Cause = Arc::new(error);
                published.failed = Some((Arc::clone(&why), now));
                // What it published before may still be good.
                let before = published.metadata.as_ref().map(|(before, _)| Arc::clone(before));
                before.ok_or(Error::Away(why))
            }
        }
    }

    async fn reply(&self, request: HttpRequest) -> Result<HttpResponse, NoReply> {
        let (url, headers) = (request.uri().to_string(), request.headers().iter());
        if !url::Url::parse(&url).is_ok_and(|url| is_safe(&url)) {
            return Err(NoReply::Unsafe(url));
        }
        let headers: Vec<(&str, &str)> = headers
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let body = Some(request.body()).filter(|body| !body.is_empty());
        let body = body.map(|body| String::from_utf8_lossy(body).into_owned());
        let request =
            Request { method: request.method().as_str(), url: &url, headers: &headers, body };
        let reply = tokio::time::timeout(TIMEOUT, self.http.send(request)).await;
        let (status, headers, body) = reply.map_err(|_late| NoReply::Late)??.into_parts();
        let mut response = openidconnect::http::Response::builder().status(status).body(body)?;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Its requests go out like all others: vetted, bounded in time and size, redirects not followed.
impl<'c> AsyncHttpClient<'c> for Provider {
    type Error = NoReply;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoReply>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.reply(request))
    }
}

/// Adds what is missing, also within what both have.
fn complete(claims: &mut Claims, said: Claims) {
    for (name, value) in said {
        match (claims.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => complete(known, more),
            (Some(_), _) => {}
            (None, value) => drop(claims.insert(name, value)),
        }
    }
}

/// Checks an id token: its signature, who made it and for whom, until when it is good, and that it was made for
/// this sign-in. Answers whom it is about.
fn verified(
    client: &Client,
    token: &CoreIdToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<SubjectIdentifier, ClaimsVerificationError> {
    let (early, late) = (moment(now.minus(LEEWAY)), moment(now.plus(LEEWAY)));
    let issued = move |at| if at <= late { Ok(()) } else { Err("issued in the future".to_owned()) };
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(SIGNED_BY)
        .set_time_fn(move || early)
        .set_issue_time_verifier_fn(issued)
        .set_other_audience_verifier_fn(|_| true);
    let claims = token.claims(&verifier, nonce)?;
    made_for(client.client_id(), claims)?;
    Ok(claims.subject().clone())
}

/// A token that is for others, too, has to say that it was made for us.
fn made_for(us: &ClientId, claims: &CoreIdTokenClaims) -> Result<(), ClaimsVerificationError> {
    if claims.audiences().len() > 1 && claims.authorized_party() != Some(us) {
        let why = format!("of several audiences, azp is not {}", us.as_str());
        return Err(ClaimsVerificationError::InvalidAudience(why));
    }
    Ok(())
}

fn moment(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default()
}

/// Everything that an id token says, once it is verified.
fn claims_of(token: &CoreIdToken) -> Claims {
    let text = token.to_string();
    let payload =
        text.split('.').nth(1).and_then(|part| BASE64URL_NOPAD.decode(part.as_bytes()).ok());
    let claims = payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok());
    claims.and_then(|claims| claims.as_object().cloned()).unwrap_or_default()
}

/// Why no tokens came for a code.
fn not_redeemed(
    error: RequestTokenError<NoReply, openidconnect::StandardErrorResponse<CoreErrorResponseType>>,
) -> Error {
    match &error {
        RequestTokenError::ServerResponse(said)
            if *said.error() == CoreErrorResponseType::InvalidGrant =>
        {
            Error::Rejected(Arc::new(error))
        }
        RequestTokenError::Parse(..) => Error::Rejected(Arc::new(error)),
        _ => away(error),
    }
}

/// Why nothing more was said of somebody.
fn not_said(error: UserInfoError<NoReply>) -> Error {
    match &error {
        UserInfoError::ClaimsVerification(_) | UserInfoError::Parse(_) => {
            Error::Rejected(Arc::new(error))
        }
        _ => away(error),
    }
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Away(Arc::new(error))
}

#[cfg(test)]
mod tests {
    use openidconnect::{Audience, EmptyAdditionalClaims, StandardClaims};
    use serde_json::json;

    use super::*;

    /// An id token for these, made for this one.
    fn token(audiences: &[&str], party: Option<&str>) -> CoreIdTokenClaims {
        let audiences = audiences.iter().map(|name| Audience::new((*name).to_owned())).collect();
        let issuer = IssuerUrl::new("https://id.example.com".to_owned()).unwrap();
        let (at, about) = (DateTime::default(), SubjectIdentifier::new("1".to_owned()));
        let standard = StandardClaims::new(about);
        CoreIdTokenClaims::new(issuer, audiences, at, at, standard, EmptyAdditionalClaims {})
            .set_authorized_party(party.map(|name| ClientId::new(name.to_owned())))
    }

    #[test]
    fn a_token_for_several_was_made_for_us() {
        let us = ClientId::new("callpane".to_owned());
        for (audiences, party, good) in [
            (&["callpane"][..], None, true),
            (&["callpane", "other"], Some("callpane"), true),
            (&["callpane", "other"], Some("other"), false),
            (&["callpane", "other"], None, false),
        ] {
            assert_eq!(made_for(&us, &token(audiences, party)).is_ok(), good, "{party:?}");
        }
    }

    fn object(value: &Value) -> Claims {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_said_stays() {
        let mut claims = object(&json!({ "sub": "a", "realm_access": { "kind": "all" } }));
        let said = json!({ "sub": "b", "realm_access": { "kind": "none", "roles": ["boss"] }, "email": "c" });
        complete(&mut claims, object(&said));
        let expected = json!({ "sub": "a", "realm_access": { "kind": "all", "roles": ["boss"] }, "email": "c" });
        assert_eq!(Value::from(claims), expected);
    }

    #[test]
    fn only_https_is_safe_and_what_stays_on_this_machine() {
        for (address, safe) in [
            ("https://id.example.com/token", true),
            ("http://127.0.0.1:9/token", true),
            ("http://[::1]/token", true),
            ("http://localhost/token", true),
            ("http://id.example.com/token", false),
            ("http://10.0.0.1/token", false),
            ("ftp://localhost/", false),
        ] {
            assert_eq!(is_safe(&url::Url::parse(address).unwrap()), safe, "{address}");
        }
    }
}
