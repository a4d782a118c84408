package com.myorg;

import io.github.cdkaccesskeyrotation.AccessKeyRotation;
import io.github.cdkaccesskeyrotation.AccessKeyRotationProps;
import io.github.cdkaccesskeyrotation.Deactivation;
import io.github.cdkaccesskeyrotation.Recipient;
import io.github.cdkaccesskeyrotation.RotatedUserProps;
import io.github.cdkaccesskeyrotation.RotationAges;
import io.github.cdkaccesskeyrotation.RotationSchedule;
import io.github.cdkaccesskeyrotation.RotationTrigger;
import io.github.cdkaccesskeyrotation.TriggerOptions;
import io.github.cdkaccesskeyrotation.UnmanagedKeys;
import io.github.cdkaccesskeyrotation.UserStacks;
import io.github.cdkaccesskeyrotation.UserStacksOptions;
import io.github.cdkaccesskeyrotation.WhenUnusedOptions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnParameter;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.cxapi.CloudFormationStackArtifact;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.iam.User;
import software.amazon.awscdk.services.secretsmanager.ReplicaRegion;
import software.amazon.awscdk.services.sns.Topic;

/** The mistakes of test/languages/typed-callers.ts: the name of each, and the message. */
public class BadInput {
    @FunctionalInterface
    interface Mistake {
        Object make(Stack stack);
    }

    public static void main(final String[] args) {
        users();
        names();
        ages();
        options();
        onlyInJava();
    }

    private static void users() {
        attempt("no users", stack -> warningOf(rotate(stack, AccessKeyRotationProps.builder().build())));
        attempt("an empty list of users", stack -> rotate(stack, new RotatedUserProps[0]));
        attempt("nothing in the list of users", stack -> rotate(stack, (RotatedUserProps) null));
        attempt("neither a name nor a user", stack -> rotate(stack, RotatedUserProps.builder().build()));
        attempt("both a name and a user", stack -> rotate(stack, alice().user(User.fromUserName(stack, "U", "alice")).build()));
        attempt("a user twice", stack -> rotate(stack, alice().build(), user("Alice").build()));
        attempt("a user twice, by addUser()", stack -> rotate(stack, alice().build()).addUser(alice().build()));
        attempt("a user of another account", stack ->
                rotate(stack, RotatedUserProps.builder().user(User.fromUserArn(stack, "U", "arn:aws:iam::444455556666:user/bob")).build()));
        attempt("existing keys of a new user", stack -> rotate(stack, alice().existingKeys(UnmanagedKeys.RETIRE).build()));
        attempt("an unknown name in user()", stack -> rotate(stack, alice().build()).user("bob"));
        attempt("an empty name in user()", stack -> rotate(stack, alice().build()).user(""));
    }

    private static void names() {
        attempt("an empty user name", stack -> rotate(stack, user("").build()));
        attempt("a user name with a path", stack -> rotate(stack, user("teams/alice").build()));
        attempt("an ARN as a user name", stack -> rotate(stack, user("arn:aws:iam::111122223333:user/alice").build()));
        attempt("a token as a user name", stack ->
                rotate(stack, user(CfnParameter.Builder.create(stack, "Name").build().getValueAsString()).build()));
        attempt("an empty id", stack -> rotate(stack, alice().id("").build()));
        attempt("an empty secret name", stack -> rotate(stack, alice().secretName("").build()));
        attempt("an empty field name", stack -> rotate(stack, alice().accessKeyField("").build()));
        attempt("a name in place of an address", stack -> rotate(stack, alice().recipients(List.of(Recipient.email("alice"))).build()));
        attempt("an empty address", stack -> rotate(stack, alice().recipients(List.of(Recipient.email(""))).build()));
        attempt("a token as an address", stack -> warningOf(rotate(stack, alice()
                .recipients(List.of(Recipient.email(CfnParameter.Builder.create(stack, "Mail").build().getValueAsString())))
                .build())));
        attempt("a path without slashes", stack -> warningOf(rotate(stack, alice().path("teams").build())));
        attempt("an empty path", stack -> warningOf(rotate(stack, alice().path("").build())));
        attempt("an empty tag key", stack -> warningOf(rotate(stack, alice().tags(Map.of("", "blue")).build())));
    }

    private static void ages() {
        attempt("periods in place of ages", stack -> ages(60, 14, 14));
        attempt("periods that do not fit", stack -> RotationSchedule.of(RotationAges.builder().create(Duration.days(20)).build()));
        attempt("an age of 36 hours", stack -> RotationSchedule.of(RotationAges.builder().create(Duration.hours(36)).build()));
        attempt("a negative age", stack -> ages(-90, 104, 118));
        attempt("a limit of three days", stack -> RotationSchedule.activeUnder(Duration.days(3)));
        attempt("a delay of half a day", stack ->
                Deactivation.whenUnused(WhenUnusedOptions.builder().maxDelay(Duration.hours(12)).build()));
        attempt("a reminder after one and a half days", stack -> rotate(stack, alice().reminderDays(List.of(1.5)).build()));
        attempt("checks every 7 hours", stack -> checks(Duration.hours(7)));
        attempt("checks every 15 days", stack -> rotate(stack, AccessKeyRotationProps.builder()
                .users(List.of(alice().build())).trigger(checks(Duration.days(15))).build()));
    }

    private static void options() {
        attempt("no user stack", stack -> UserStacks.nested(0));
        attempt("an empty list of stacks", stack -> UserStacks.fromStacks(List.of()));
        attempt("an unknown name in keepInRotationStack", stack -> warningOf(rotate(stack, AccessKeyRotationProps.builder()
                .users(List.of(alice().build()))
                .userStacks(UserStacks.nested(1, UserStacksOptions.builder().keepInRotationStack(List.of("bob")).build()))
                .build())));
        attempt("a country in place of a Region", stack ->
                rotate(stack, alice().replicaRegions(List.of(ReplicaRegion.builder().region("ireland").build())).build()));
        attempt("a removal policy for databases", stack -> rotate(stack, alice().removalPolicy(RemovalPolicy.SNAPSHOT).build()));
        attempt("actions without alarms", stack -> rotate(stack, AccessKeyRotationProps.builder()
                .alarms(false).alarmActions(List.of(new SnsAction(new Topic(stack, "T")))).build()));
        attempt("nothing in the list of recipients", stack ->
                rotate(stack, alice().recipients(Collections.singletonList(null)).build()));
        attempt("nothing in the list of groups", stack -> rotate(stack, alice().groups(Collections.singletonList(null)).build()));
    }

    /** Casts that the compiler only warns of. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void onlyInJava() {
        attempt("null in place of ages", stack -> RotationSchedule.of(null));
        attempt("null in place of an address", stack -> Recipient.email(null));
        attempt("names in place of users", stack ->
                rotate(stack, AccessKeyRotationProps.builder().users((List) List.of("alice")).build()));
        attempt("maps in place of users", stack ->
                rotate(stack, AccessKeyRotationProps.builder().users((List) List.of(Map.of("user_name", "alice"))).build()));
        attempt("a number as the value of a tag", stack -> rotate(stack, alice().tags((Map) Map.of("team", 5)).build()));
        attempt("an address in place of a recipient", stack ->
                rotate(stack, alice().recipients((List) List.of("alice@example.com")).build()));
    }

    private static void attempt(final String name, final Mistake mistake) {
        final Stack stack = new Stack(new App(), "AccessKeys", StackProps.builder()
                .env(Environment.builder().account("111122223333").region("eu-west-1").build()).build());
        String message;
        try {
            message = mistake.make(stack) instanceof String warning ? warning : "no error";
        } catch (final RuntimeException error) {
            message = error.getMessage();
        }
        System.out.println(name + " => " + message.replace("\n", "\\n"));
    }

    /** What synth says of an app that it does not reject. */
    private static String warningOf(final AccessKeyRotation rotation) {
        final CloudFormationStackArtifact stack =
                ((App) rotation.getNode().getRoot()).synth().getStackByName("AccessKeys");
        final Optional<Object> warning =
                stack.getMessages().stream().map(message -> message.getEntry().getData()).findFirst();
        return warning.map(Object::toString).orElse("no warning");
    }

    private static AccessKeyRotation rotate(final Stack stack, final RotatedUserProps... users) {
        return rotate(stack, AccessKeyRotationProps.builder().users(Arrays.asList(users)).build());
    }

    private static AccessKeyRotation rotate(final Stack stack, final AccessKeyRotationProps props) {
        return new AccessKeyRotation(stack, "Rotation", props);
    }

    private static RotatedUserProps.Builder alice() {
        return user("alice");
    }

    private static RotatedUserProps.Builder user(final String name) {
        return RotatedUserProps.builder().userName(name);
    }

    private static RotationSchedule ages(final int create, final int deactivate, final int delete) {
        return RotationSchedule.of(RotationAges.builder()
                .create(Duration.days(create)).deactivate(Duration.days(deactivate)).delete(Duration.days(delete)).build());
    }

    private static RotationTrigger checks(final Duration interval) {
        return RotationTrigger.eventBridgeRules(TriggerOptions.builder().checkInterval(interval).build());
    }
}
