package com.myorg;

import io.github.cdkaccesskeyrotation.RotationAges;
import io.github.cdkaccesskeyrotation.RotationSchedule;
import io.github.cdkaccesskeyrotation.UserStacks;
import java.util.List;
import software.amazon.awscdk.Duration;

public class BadInput {
    public static void main(final String[] args) {
        for (final Runnable attempt : List.<Runnable>of(
                () -> RotationSchedule.of(RotationAges.builder().create(Duration.days(20)).build()),
                () -> UserStacks.nested(0))) {
            try {
                attempt.run();
                System.out.println("no error");
            } catch (final RuntimeException error) {
                // The other lines are the stack trace of the Node.js process.
                System.out.println(error.getMessage().lines().findFirst().orElse(""));
            }
        }
    }
}
