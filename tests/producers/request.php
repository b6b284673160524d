<?php
// request.php KIND - a certification request by PHP's openssl_csr_new().
$curves = ["p256" => "prime256v1", "p384" => "secp384r1", "p521" => "secp521r1"];
$kind = $argv[1];
$how = $kind == "rsa2048"
    ? ["private_key_type" => OPENSSL_KEYTYPE_RSA, "private_key_bits" => 2048]
    : ["private_key_type" => OPENSSL_KEYTYPE_EC, "curve_name" => $curves[$kind]];
$key = openssl_pkey_new($how);
$csr = openssl_csr_new(["commonName" => "sample001"], $key, ["digest_alg" => "sha256"]);
openssl_csr_export($csr, $text);
echo $text;
