using Amazon.CDK;

namespace AccessKeys
{
    sealed class Program
    {
        public static void Main(string[] args)
        {
            var app = new App();
            new AccessKeysStack(app, "AccessKeys");
            app.Synth();
        }
    }
}
