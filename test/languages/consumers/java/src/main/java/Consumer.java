import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * A process that runs for years: it has one client of the AWS SDK for Java with the default credentials, and calls AWS
 * when a line comes from stdin. It prints a line for each: the caller, or the error.
 */
class Consumer {
    public static void main(String[] args) throws Exception {
        var credentials = DefaultCredentialsProvider.builder().build();
        var sts = StsClient.builder().credentialsProvider(credentials).build();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (lines.readLine() != null) {
            try {
                var arn = sts.getCallerIdentity().arn();
                var accessKeyId = credentials.resolveCredentials().accessKeyId();
                System.out.printf("{\"arn\":\"%s\",\"accessKeyId\":\"%s\"}%n", arn, accessKeyId);
            } catch (RuntimeException error) {
                System.out.printf("{\"error\":\"%s\"}%n", error.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " "));
            }
        }
    }
}
