#include "platform/rpc/hash.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <openssl/evp.h>

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "lianmeng/platform/v1/options.pb.h"
#include "platform/base/assert.h"

namespace lianmeng::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kHashBytes = 16;

// What to do with the fields of one message that are not simply hashed.
struct Plan {
  // Null: left out. Otherwise how to go through the message in it.
  std::map<int, const Plan*> fields;
  bool plain() const { return fields.empty(); }
};

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
    LM_ASSERT(context_ != nullptr && sha256_ != nullptr, "OpenSSL has no SHA-256");
  }
  ~Digest() {
    EVP_MD_free(sha256_);
    EVP_MD_CTX_free(context_);
  }
  void begin() { LM_ASSERT(EVP_DigestInit_ex2(context_, sha256_, nullptr) == 1); }
  void add(const void* bytes, std::size_t size) {
    LM_ASSERT(EVP_DigestUpdate(context_, bytes, size) == 1);
  }
  std::string end() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    LM_ASSERT(EVP_DigestFinal_ex(context_, bytes, nullptr) == 1);
    std::string hex(kHashBytes * 2, '0');
    constexpr char kDigits[] = "0123456789abcdef";
    for (int i = 0; i < kHashBytes; ++i) {
      hex[2 * i] = kDigits[bytes[i] >> 4];
      hex[2 * i + 1] = kDigits[bytes[i] & 15];
    }
    return hex;
  }

 private:
  EVP_MD_CTX* context_;
  EVP_MD* sha256_;
};

// Goes through a message's bytes field by field. A message within is framed by its tag and by a
// zero byte behind it, which is no tag, so what is left out cannot make two requests alike.
void add_fields(const std::uint8_t* bytes, int size, const Plan& plan, Digest& digest) {
  if (plan.plain()) {
    digest.add(bytes, static_cast<std::size_t>(size));
    return;
  }
  CodedInputStream in(bytes, size);
  while (true) {
    const int start = in.CurrentPosition();
    const auto tag = in.ReadTag();
    if (tag == 0) return;
    const auto planned = plan.fields.find(WireFormatLite::GetTagFieldNumber(tag));
    if (planned != plan.fields.end() && planned->second != nullptr &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      digest.add(bytes + start, static_cast<std::size_t>(in.CurrentPosition() - start));
      std::uint32_t length = 0;
      LM_ASSERT(in.ReadVarint32(&length));
      add_fields(bytes + in.CurrentPosition(), static_cast<int>(length), *planned->second, digest);
      constexpr std::uint8_t kEnd = 0;
      digest.add(&kEnd, 1);
      LM_ASSERT(in.Skip(static_cast<int>(length)));
      continue;
    }
    LM_ASSERT(WireFormatLite::SkipField(&in, tag));
    if (planned == plan.fields.end()) {
      digest.add(bytes + start, static_cast<std::size_t>(in.CurrentPosition() - start));
    }
  }
}

bool is_personal(const FieldDescriptor& field) {
  return field.options().GetExtension(platform::v1::personal);
}

bool is_of_the_call(const FieldDescriptor& field) {
  return field.name() == "request_id" || field.name() == "validate_only" ||
         field.name() == "read_tokens";
}

}  // namespace

struct RequestHasher::Impl {
  // Their nodes stay where they are, so plans may point at each other, in circles too.
  std::unordered_map<const Descriptor*, Plan> requests;  // Without what belongs to the call.
  std::unordered_map<const Descriptor*, Plan> inner;     // Without what is personal.

  // Whether anything personal can be reached from it.
  static bool holds_personal(const Descriptor& message) {
    std::set<const Descriptor*> seen{&message};
    std::vector<const Descriptor*> open{&message};
    while (!open.empty()) {
      const auto& next = *open.back();
      open.pop_back();
      for (int i = 0; i < next.field_count(); ++i) {
        const auto& field = *next.field(i);
        if (is_personal(field)) return true;
        const auto* type = field.message_type();
        if (type != nullptr && seen.insert(type).second) open.push_back(type);
      }
    }
    return false;
  }

  void plan_fields(const Descriptor& message, Plan* plan) {
    for (int i = 0; i < message.field_count(); ++i) {
      const auto& field = *message.field(i);
      if (is_personal(field)) {
        plan->fields.emplace(field.number(), nullptr);
      } else if (field.message_type() != nullptr && holds_personal(*field.message_type())) {
        plan->fields.emplace(field.number(), plan_inner(*field.message_type()));
      }
    }
  }

  const Plan* plan_inner(const Descriptor& message) {
    const auto [at, fresh] = inner.emplace(&message, Plan{});
    auto* plan = &at->second;
    if (fresh) plan_fields(message, plan);
    return plan;
  }
};

RequestHasher::RequestHasher() : impl_(std::make_unique<Impl>()) {}
RequestHasher::~RequestHasher() = default;

void RequestHasher::learn(const Descriptor& message) {
  const auto [at, fresh] = impl_->requests.emplace(&message, Plan{});
  if (!fresh) return;
  auto* plan = &at->second;
  for (int i = 0; i < message.field_count(); ++i) {
    if (is_of_the_call(*message.field(i)))
      plan->fields.emplace(message.field(i)->number(), nullptr);
  }
  impl_->plan_fields(message, plan);
  // The commands of a batch are requests of their own.
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr) learn(*message.field(i)->message_type());
  }
}

std::string RequestHasher::hash(const google::protobuf::Message& request) const {
  const auto found = impl_->requests.find(request.GetDescriptor());
  LM_ASSERT(found != impl_->requests.end(), "{} was never learnt",
            request.GetDescriptor()->full_name());
  static thread_local std::string bytes;
  static thread_local Digest digest;
  bytes.clear();
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    LM_ASSERT(request.SerializeToCodedStream(&out));
  }
  digest.begin();
  const auto& type = request.GetDescriptor()->full_name();
  digest.add(type.data(), type.size() + 1);
  add_fields(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()),
             found->second, digest);
  return digest.end();
}

}  // namespace lianmeng::rpc
