//! One connection to another organization.

use super::{ClientLimits, LinkError, Target};
use crate::{Hello, Identity, Registry, pins, problem::Problem, tls};
use bytes::Bytes;
use epione_types::{Hash, OrgId};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, UnixTime};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection that was idle for longer may be closed at any moment, while a request is on its way: less than the patience of
/// the server ([`crate::Connections`]).
const IDLE_FOR: Duration = Duration::from_secs(30);

/// A connection over which requests go one after the other.
pub(super) struct Link {
    address: String,
    certificate: CertificateDer<'static>,
    sender: SendRequest<Full<Bytes>>,
    used: Instant,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What became of a request.
pub(super) enum Sent {
    /// It was certainly not acted upon.
    Not,
    /// It has an answer.
    Answered(Response<Bytes>),
}

impl Link {
    /// A connection whose other side showed a certificate of `to`; what it thinks of `own` is not known yet.
    pub(super) async fn new(
        to: &Target,
        wanted: Hash,
        own: &Identity,
        registry: &Arc<dyn Registry>,
    ) -> Result<Self, LinkError> {
        let address = to.address.clone();
        let unreachable = |source| LinkError::Unreachable { address: address.clone(), source };
        let stream = TcpStream::connect(&to.address).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let handshake = |what: &str| LinkError::Handshake { address: address.clone(), what: what.to_owned() };
        let name = pins::server_name(&wanted).ok_or_else(|| handshake("its key has no name"))?;
        let connector = TlsConnector::from(tls::client(own, Arc::clone(registry), to.org));
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| LinkError::of_handshake(address.clone(), &error))?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
        let certificate = certificate.ok_or_else(|| handshake("it shows no certificate"))?.clone().into_owned();
        let begun = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = begun.map_err(|error| LinkError::of_greeting(address.clone(), &error))?;
        // Ends with the connection; requests tell how it ended.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { address, certificate, sender, used: Instant::now() })
    }

    /// Whether the connection is open, and its other side still who it was.
    pub(super) fn is_good(&self, registry: &dyn Registry, org: OrgId) -> bool {
        let is_open = !self.sender.is_closed() && self.used.elapsed() < IDLE_FOR;
        is_open && pins::expect(registry, &self.certificate, org, UnixTime::now()).is_ok()
    }

    /// The first request on a connection.
    pub(super) async fn hello(&mut self, path: &str, limits: &ClientLimits) -> Result<Hello, LinkError> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = path.parse().map_err(|_uri| self.answer("the path is none".to_owned()))?;
        request.headers_mut().insert(HOST, self.host()?);
        let response = self.sender.send_request(request).await;
        let response = response.map_err(|error| LinkError::of_greeting(self.address.clone(), &error))?;
        let response = self.whole(response, limits).await?;
        if response.status() == StatusCode::OK {
            return serde_json::from_slice(response.body()).map_err(|error| self.answer(error.to_string()));
        }
        match serde_json::from_slice::<Problem>(response.body()) {
            Ok(problem) => Err(LinkError::Refused { address: self.address.clone(), why: problem.detail }),
            Err(_) => Err(self.answer(format!("HTTP {} to a greeting", response.status()))),
        }
    }

    pub(super) async fn send(&mut self, request: Request<Bytes>, limits: &ClientLimits) -> Result<Sent, LinkError> {
        let mut request = request.map(Full::new);
        request.headers_mut().insert(HOST, self.host()?);
        let answered = async {
            if self.sender.ready().await.is_err() {
                return Ok(Sent::Not);
            }
            match self.sender.try_send_request(request).await {
                Ok(response) => Ok(Sent::Answered(self.whole(response, limits).await?)),
                // If the request comes back, not a byte of it was sent.
                Err(mut error) => match error.take_message() {
                    Some(_unsent) => Ok(Sent::Not),
                    None => Err(LinkError::Broken { address: self.address.clone(), source: error.into_error() }),
                },
            }
        };
        let answered = tokio::time::timeout(limits.answer_timeout, answered).await;
        answered.unwrap_or_else(|_elapsed| Err(LinkError::Timeout { address: self.address.clone() }))
    }

    async fn whole(
        &mut self,
        response: Response<Incoming>,
        limits: &ClientLimits,
    ) -> Result<Response<Bytes>, LinkError> {
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, limits.answer_bytes_max).collect().await;
        let body = body.map_err(|error| self.answer(error.to_string()))?;
        self.used = Instant::now();
        Ok(Response::from_parts(parts, body.to_bytes()))
    }

    fn host(&self) -> Result<HeaderValue, LinkError> {
        HeaderValue::from_str(&self.address).map_err(|_header| self.answer("its address is none".to_owned()))
    }

    fn answer(&self, what: String) -> LinkError {
        LinkError::Answer { address: self.address.clone(), what }
    }
}
