# request.rb KIND - a certification request by Ruby's OpenSSL.
require "openssl"

curves = { "p256" => "prime256v1", "p384" => "secp384r1", "p521" => "secp521r1" }
kind = ARGV[0]
key = if kind == "rsa2048"
        OpenSSL::PKey::RSA.new(2048)
      else
        OpenSSL::PKey::EC.generate(curves.fetch(kind))
      end
request = OpenSSL::X509::Request.new
request.version = 0
request.subject = OpenSSL::X509::Name.parse("/CN=sample001")
request.public_key = key
list = OpenSSL::ASN1::Sequence([
  OpenSSL::X509::ExtensionFactory.new.create_extension("keyUsage", "digitalSignature", true)
])
request.add_attribute(OpenSSL::X509::Attribute.new("extReq", OpenSSL::ASN1::Set([list])))
request.sign(key, OpenSSL::Digest.new("SHA256"))
puts request.to_pem
