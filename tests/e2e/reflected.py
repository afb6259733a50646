"""A gRPC client that knows nothing of Lianmeng: services, methods and messages come from the server's
reflection alone, as in any generic tool. Debian has no package of the reflection protocol for
Python, so its few messages are spelled out here.
"""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

TEXT = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
BYTES = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
NUMBER = descriptor_pb2.FieldDescriptorProto.TYPE_INT32
MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
REFLECTION = "grpc.reflection.v1alpha"


def _reflection_messages():
    """The part of grpc/reflection/v1alpha/reflection.proto that is used here."""
    file = descriptor_pb2.FileDescriptorProto(
        name="reflection.proto", package=REFLECTION, syntax="proto3")

    def message(name, *fields):
        made = file.message_type.add(name=name)
        for field, number, kind, many in fields:
            of_message = isinstance(kind, str)
            made.field.add(
                name=field, number=number, type=MESSAGE if of_message else kind,
                type_name=f".{REFLECTION}.{kind}" if of_message else None, label=3 if many else 1)

    message("ServerReflectionRequest", ("file_by_filename", 3, TEXT, False),
            ("file_containing_symbol", 4, TEXT, False), ("list_services", 7, TEXT, False))
    message("FileDescriptorResponse", ("file_descriptor_proto", 1, BYTES, True))
    message("ServiceResponse", ("name", 1, TEXT, False))
    message("ListServiceResponse", ("service", 1, "ServiceResponse", True))
    message("ErrorResponse", ("error_code", 1, NUMBER, False), ("error_message", 2, TEXT, False))
    message("ServerReflectionResponse",
            ("file_descriptor_response", 4, "FileDescriptorResponse", False),
            ("list_services_response", 6, "ListServiceResponse", False),
            ("error_response", 7, "ErrorResponse", False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(pool.FindMessageTypeByName(f"{REFLECTION}.{name}"))
            for name in ("ServerReflectionRequest", "ServerReflectionResponse")]


class Client:
    """Calls any method of a server by its name, with dictionaries."""

    def __init__(self, address, credentials=None):
        self.channel = (grpc.secure_channel(address, credentials) if credentials
                        else grpc.insecure_channel(address))
        self.pool = descriptor_pool.DescriptorPool()
        self.factory = message_factory.MessageFactory(self.pool)
        self.known_files = set()
        self.request_type, self.response_type = _reflection_messages()

    def close(self):
        self.channel.close()

    def _reflect(self, **what):
        call = self.channel.stream_stream(
            f"/{REFLECTION}.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.response_type.FromString)
        answer = next(call(iter([self.request_type(**what)]), timeout=30))
        if answer.HasField("error_response"):
            raise LookupError(answer.error_response.error_message)
        return answer

    def services(self):
        answer = self._reflect(list_services="*")
        return sorted(service.name for service in answer.list_services_response.service)

    def _learn(self, answer):
        files = {}
        for data in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file

        def add(name):
            if name in self.known_files:
                return
            if name not in files:
                self._learn(self._reflect(file_by_filename=name))
                return
            for dependency in files[name].dependency:
                add(dependency)
            self.known_files.add(name)
            self.pool.Add(files[name])

        for name in files:
            add(name)

    def service(self, name):
        try:
            return self.pool.FindServiceByName(name)
        except KeyError:
            self._learn(self._reflect(file_containing_symbol=name))
            return self.pool.FindServiceByName(name)

    def message(self, name):
        """The class of a message."""
        try:
            found = self.pool.FindMessageTypeByName(name)
        except KeyError:
            self._learn(self._reflect(file_containing_symbol=name))
            found = self.pool.FindMessageTypeByName(name)
        return self.factory.GetPrototype(found)

    def methods(self, service):
        return [method.name for method in self.service(service).methods]

    def call(self, service, method, request, actor=None, token=None):
        """The answer as a dictionary, fields without a value included; of a stream a list of them."""
        found = self.service(service).FindMethodByName(method)
        request_type = self.factory.GetPrototype(found.input_type)
        response_type = self.factory.GetPrototype(found.output_type)
        streams = self._streams(service, method)
        kind = self.channel.unary_stream if streams else self.channel.unary_unary
        call = kind(f"/{service}/{method}", request_serializer=lambda m: m.SerializeToString(),
                    response_deserializer=response_type.FromString)
        metadata = [("lianmeng-actor", actor)] if actor else []
        metadata += [("authorization", f"Bearer {token}")] if token else []
        answer = call(json_format.ParseDict(request, request_type()), timeout=30, metadata=metadata)
        return [self._plain(each) for each in answer] if streams else self._plain(answer)

    def _plain(self, message):
        return json_format.MessageToDict(
            message, preserving_proto_field_name=True, including_default_value_fields=True,
            descriptor_pool=self.pool)

    def _streams(self, service, method):
        """Whether a method answers with a stream; the descriptors of this protobuf do not say."""
        file = descriptor_pb2.FileDescriptorProto()
        found = self.service(service)
        found.file.CopyToProto(file)
        of_service = next(each for each in file.service if each.name == found.name)
        return next(each for each in of_service.method if each.name == method).server_streaming
