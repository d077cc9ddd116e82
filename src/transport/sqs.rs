//! A queue of AWS SQS that a phone system puts its events into, by the official SDK.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::vetting::PrivateTargets;
use crate::domain::endpoint::SqsQueue;

/// Messages that are taken at once: the most that SQS gives.
const AT_ONCE: i32 = 10;

/// How long an empty queue is listened to before it answers, in seconds: the most that SQS waits.
const LISTEN: i32 = 20;

/// Why a queue does not do it.
#[derive(Debug, thiserror::Error)]
#[error("SQS: {0}")]
pub struct Error(String);

impl<E: std::error::Error + 'static, R: std::fmt::Debug + 'static> From<SdkError<E, R>> for Error {
    fn from(error: SdkError<E, R>) -> Self {
        Self(DisplayErrorContext(&error).to_string())
    }
}

/// One message, hidden from other readers for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// What deletes it.
    pub receipt: String,
    /// What it says.
    pub body: String,
    /// A text attribute that was asked for.
    pub attribute: Option<String>,
    /// How often it was given out, this time included.
    pub received: u32,
}

#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
    server: Option<String>,
    targets: PrivateTargets,
}

impl Queue {
    /// Gets ready to reach the open internet, and of private networks only these; nothing is sent
    /// yet.
    pub fn new(options: &SqsQueue, targets: PrivateTargets) -> Self {
        let (key, secret) = (options.key.expose(), options.secret.expose());
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(options.region.clone()))
            .credentials_provider(Credentials::new(key, secret, None, None, "callpane"))
            .http_client(
                Builder::new()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .build_with_resolver(targets.clone()),
            );
        if let Some(endpoint) = &options.server {
            config = config.endpoint_url(endpoint);
        }
        let client = Client::from_conf(config.build());
        Self { client, url: options.url.clone(), server: options.server.clone(), targets }
    }

    /// The client, if its server may be reached: of one that is written as an address no resolver is
    /// asked.
    fn client(&self) -> Result<&Client, Error> {
        if let Some(endpoint) = &self.server {
            let url = url::Url::parse(endpoint);
            let url = url.map_err(|error| Error(format!("endpoint \"{endpoint}\": {error}")))?;
            self.targets
                .vet_literal(url.host().as_ref())
                .map_err(|error| Error(error.to_string()))?;
        }
        Ok(&self.client)
    }

    /// Waits for messages, each with this attribute; an empty list when none came in time.
    pub async fn receive(&self, attribute: &str) -> Result<Vec<Message>, Error> {
        let request = self
            .client()?
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(AT_ONCE)
            .wait_time_seconds(LISTEN)
            .message_attribute_names(attribute)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let answer = request.send().await?;
        let messages = answer.messages.unwrap_or_default().into_iter().map(|message| Message {
            received: message
                .attributes
                .as_ref()
                .and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount))
                .and_then(|count| count.parse().ok())
                .unwrap_or(1),
            attribute: message
                .message_attributes
                .as_ref()
                .and_then(|all| all.get(attribute))
                .and_then(|value| value.string_value.clone()),
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
        });
        Ok(messages.collect())
    }

    /// Puts a message into the queue, with a text attribute.
    pub async fn send(&self, body: &str, attribute: Option<(&str, String)>) -> Result<(), Error> {
        let mut request = self.client()?.send_message().queue_url(&self.url).message_body(body);
        if let Some((attribute, value)) = attribute {
            let text = MessageAttributeValue::builder().data_type("String").string_value(value);
            let text = text.build().map_err(|error| Error(error.to_string()))?;
            request = request.message_attributes(attribute, text);
        }
        request.send().await?;
        Ok(())
    }

    /// Takes a message out of the queue for good.
    pub async fn delete(&self, message: &Message) -> Result<(), Error> {
        let request = self.client()?.delete_message().queue_url(&self.url);
        request.receipt_handle(&message.receipt).send().await?;
        Ok(())
    }
}
