/*
 * EstTest - Bouncy Castle's EST client as an application would use it.
 *
 *	EstTest HOST:PORT ROOT TLS LABEL cacerts
 *	EstTest HOST:PORT ROOT TLS LABEL csrattrs
 *	EstTest HOST:PORT ROOT TLS LABEL enroll CSR USER PASSWORD
 *	EstTest HOST:PORT ROOT TLS LABEL renew CSR P12 [USER PASSWORD]
 *
 * ROOT is PEM, CSR is DER, P12 has the password "p12", LABEL may be "-".
 * With USER there are two steps: the first must end with a 401, whose text is
 * printed; then a line of standard input has the code. Prints certificates or
 * attributes as base64, a line each. Exit status 3: the server refused; the
 * last line is the HTTP status and the text.
 */
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.est.ESTAuth;
import org.bouncycastle.est.ESTException;
import org.bouncycastle.est.ESTService;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.HttpAuth;
import org.bouncycastle.est.jcajce.JcaJceUtils;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.util.Store;

public class EstTest {
	private static final char[] P12_PASSWORD = "p12".toCharArray();
	private static final BufferedReader in =
	    new BufferedReader(new InputStreamReader(System.in));

	public static void main(String[] args) throws Exception {
		Security.addProvider(new BouncyCastleProvider());
		try {
			run(args);
		} catch (ESTException e) {
			if (e.getStatusCode() == 0)
				throw e;
			System.out.println(e.getStatusCode() + " " + text(e));
			System.exit(3);
		}
	}

	private static void run(String[] args) throws Exception {
		switch (args[4]) {
		case "cacerts":
			print(service(args, null).getCACerts()
			    .getCertificateStore());
			break;
		case "csrattrs":
			print(service(args, null).getCSRAttributes()
			    .getAttributesResponse().getEncoded());
			break;
		case "enroll":
			twoSteps(service(args, null), false, args[5], args[6],
			    args[7]);
			break;
		case "renew":
			renew(args);
			break;
		default:
			throw new IllegalArgumentException(args[4]);
		}
	}

	private static void renew(String[] args) throws Exception {
		ESTService est = service(args, args[6]);

		if (args.length > 7)
			twoSteps(est, true, args[5], args[7], args[8]);
		else
			print(enroll(est, true, args[5], null));
	}

	private static void twoSteps(ESTService est, boolean again,
	    String csr, String user, String password) throws Exception {
		try {
			enroll(est, again, csr,
			    new HttpAuth(user, password.toCharArray()));
			throw new IllegalStateException("no 401");
		} catch (ESTException e) {
			if (e.getStatusCode() != 401)
				throw e;
			System.out.println("401 " + text(e));
			System.out.flush();
		}
		String secret = password + in.readLine();
		print(enroll(est, again, csr,
		    new HttpAuth(user, secret.toCharArray())));
	}

	private static Store<X509CertificateHolder> enroll(ESTService est,
	    boolean again, String csr, ESTAuth auth) throws Exception {
		EnrollmentResponse answer = est.simpleEnroll(again,
		    new PKCS10CertificationRequest(
			Files.readAllBytes(Path.of(csr))), auth);

		if (!answer.isCompleted())
			throw new IllegalStateException("202");
		return answer.getStore();
	}

	private static ESTService service(String[] args, String p12)
	    throws Exception {
		JsseESTServiceBuilder builder = new JsseESTServiceBuilder(
		    args[0], JcaJceUtils.getCertPathTrustManager(
			Set.of(new TrustAnchor(root(args[1]), null)), null));

		builder.withTLSVersion(args[2]);
		builder.withTimeout(10000);
		if (!args[3].equals("-"))
			builder.withLabel(args[3]);
		if (p12 != null)
			builder.withKeyManagers(keys(p12).getKeyManagers());
		return builder.build();
	}

	private static X509Certificate root(String file) throws Exception {
		try (InputStream pem = new FileInputStream(file)) {
			return (X509Certificate)CertificateFactory
			    .getInstance("X.509").generateCertificate(pem);
		}
	}

	private static KeyManagerFactory keys(String file) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		KeyManagerFactory keys = KeyManagerFactory.getInstance(
		    KeyManagerFactory.getDefaultAlgorithm());

		try (InputStream p12 = new FileInputStream(file)) {
			store.load(p12, P12_PASSWORD);
		}
		keys.init(store, P12_PASSWORD);
		return keys;
	}

	private static String text(ESTException e) throws Exception {
		InputStream body = e.getBody();

		if (body == null)
			return "";
		return new String(body.readAllBytes(),
		    StandardCharsets.UTF_8).strip();
	}

	private static void print(byte[] der) {
		System.out.println(Base64.getEncoder().encodeToString(der));
	}

	private static void print(Store<X509CertificateHolder> store)
	    throws Exception {
		for (X509CertificateHolder one : store.getMatches(null))
			print(one.getEncoded());
	}
}
