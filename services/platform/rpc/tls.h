// TLS as gRPC has it: of the server, of calls between pods, and what a caller's certificate says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/rpc/certificates.h"

namespace grpc {
class CallbackServerContext;
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace lianmeng::rpc {

// Each connection is given what is in force at that moment. `certificates` outlives the server.
std::shared_ptr<grpc::ServerCredentials> server_credentials(Certificates& certificates);

// For calls to other pods: trusts ca_file, and shows this pod's certificate. Follows the files by
// gRPC's own watcher, which, unlike Certificates, does not mind whether certificate and key fit:
// while they do not, no new connection to another pod comes about.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsConfig& config);

// The names in the certificate that a caller showed and that ca_file vouches for; none without.
std::vector<std::string> certificate_names(const grpc::CallbackServerContext& context);

}  // namespace lianmeng::rpc
