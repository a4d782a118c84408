package com.myorg;

import io.github.cdkaccesskeyrotation.AccessKeyRotation;
import io.github.cdkaccesskeyrotation.Recipient;
import io.github.cdkaccesskeyrotation.RotatedUserProps;
import io.github.cdkaccesskeyrotation.RotationAges;
import io.github.cdkaccesskeyrotation.RotationSchedule;
import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.iam.IUser;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.iam.User;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

public class AccessKeysStack extends Stack {
    public AccessKeysStack(final Construct scope, final String id) {
        this(scope, id, null);
    }

    public AccessKeysStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);

        // An existing user. Import it by its ARN: an import by name loses the path.
        final IUser partner = User.fromUserArn(this, "Partner", "arn:aws:iam::111122223333:user/partners/partner-x");

        final Key erpKey = Key.Builder.create(this, "ErpKey")
                .description("Encrypts the access key of legacy-erp")
                .enableKeyRotation(true)
                .build();
        final Topic onCall = Topic.Builder.create(this, "OnCall").displayName("On call").build();

        final AccessKeyRotation rotation = AccessKeyRotation.Builder.create(this, "Rotation")
                .users(List.of(
                        // A new key every 90 days. The old key is deactivated after 14 days and deleted after 14 more.
                        RotatedUserProps.builder()
                                .userName("ci-deployer")
                                .recipients(List.of(Recipient.email("ci-team@example.com")))
                                .build(),
                        // A new key every 30 days, with the same periods. A reader also needs access to the KMS key.
                        RotatedUserProps.builder()
                                .userName("legacy-erp")
                                .schedule(RotationSchedule.of(RotationAges.builder().create(Duration.days(30)).build()))
                                .encryptionKey(erpKey)
                                .build(),
                        // An adopted user. Its existing keys are deactivated and deleted after the same periods.
                        RotatedUserProps.builder()
                                .user(partner)
                                .recipients(List.of(Recipient.email("partners@example.com")))
                                .build()))
                .failureRecipients(List.of(Recipient.email("platform-team@example.com")))
                .alarmActions(List.of(new SnsAction(onCall)))
                .build();

        // The role of the builds may read the secret of ci-deployer.
        final Role builds = Role.Builder.create(this, "Builds")
                .assumedBy(new ServicePrincipal("codebuild.amazonaws.com"))
                .build();
        rotation.user("ci-deployer").getSecret().grantRead(builds);
    }
}
